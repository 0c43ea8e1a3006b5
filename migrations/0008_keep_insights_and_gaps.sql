CREATE TABLE "segment_insights" (
	"workspace_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "segment_insights_workspace_id_segment_key_pk" PRIMARY KEY("workspace_id","segment_key")
);
--> statement-breakpoint
ALTER TABLE "scorings" ADD COLUMN "gap_days" jsonb;--> statement-breakpoint
call raise_walls();
