CREATE TABLE "source_examples" (
	"workspace_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"shape" text NOT NULL,
	"raw_event_id" uuid NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "source_examples_workspace_id_source_id_shape_pk" PRIMARY KEY("workspace_id","source_id","shape")
);
--> statement-breakpoint
call raise_walls();
