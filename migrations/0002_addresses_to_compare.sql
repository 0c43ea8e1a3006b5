CREATE TABLE "addresses" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"address" text NOT NULL,
	"key" text,
	CONSTRAINT "addresses_workspace_id_profile_id_pk" PRIMARY KEY("workspace_id","profile_id")
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "unsubscribed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "bounced_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "deliveries_address" ON "deliveries" USING btree ("workspace_id","campaign_id","address_key");--> statement-breakpoint
call raise_walls();
