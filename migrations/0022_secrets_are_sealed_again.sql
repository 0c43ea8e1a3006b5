CREATE TABLE "installation_keys" (
	"name" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"made_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "totp_mark" text;
--> statement-breakpoint
update users set totp_mark = encode(sha256(convert_to(totp_sealed, 'UTF8')), 'hex') where totp_sealed is not null;
--> statement-breakpoint
call raise_walls();
