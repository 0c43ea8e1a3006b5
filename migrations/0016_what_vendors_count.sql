CREATE TABLE "reconciliations" (
	"workspace_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"figure" text NOT NULL,
	"day" text NOT NULL,
	"currency" text NOT NULL,
	"theirs" numeric NOT NULL,
	"ours" numeric NOT NULL,
	"state" text NOT NULL,
	"checked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "reconciliations_workspace_id_source_id_stream_figure_day_currency_pk" PRIMARY KEY("workspace_id","source_id","stream","figure","day","currency"),
	CONSTRAINT "reconciliations_state" CHECK ("reconciliations"."state" in ('equal', 'moving', 'drift'))
);
--> statement-breakpoint
CREATE TABLE "scan_sightings" (
	"workspace_id" uuid NOT NULL,
	"scan_id" uuid NOT NULL,
	"subject" uuid NOT NULL,
	CONSTRAINT "scan_sightings_workspace_id_scan_id_subject_pk" PRIMARY KEY("workspace_id","scan_id","subject")
);
--> statement-breakpoint
ALTER TABLE "source_streams" ADD COLUMN "scanned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "source_streams" ADD COLUMN "scan_message" text;--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "made_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "is_gone" boolean DEFAULT false NOT NULL;--> statement-breakpoint
call raise_walls();
