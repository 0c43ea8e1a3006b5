CREATE TABLE "segment_choices" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"choice" text NOT NULL,
	"note" text,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "segment_choices_workspace_id_profile_id_segment_key_pk" PRIMARY KEY("workspace_id","profile_id","segment_key"),
	CONSTRAINT "segment_choices_choice" CHECK ("segment_choices"."choice" in ('in', 'out'))
);
--> statement-breakpoint
ALTER TABLE "pins" ADD COLUMN "note" text;--> statement-breakpoint
ALTER TABLE "pins" ADD COLUMN "broken_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "segment_choices_segment" ON "segment_choices" USING btree ("workspace_id","segment_key","profile_id");--> statement-breakpoint
ALTER TABLE "pins" ADD CONSTRAINT "pins_expected" CHECK ("pins"."expected" in ('in', 'out'));--> statement-breakpoint
call raise_walls();
