CREATE TABLE "misplaced_people" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"expected" text NOT NULL,
	CONSTRAINT "misplaced_people_workspace_id_profile_id_segment_key_pk" PRIMARY KEY("workspace_id","profile_id","segment_key"),
	CONSTRAINT "misplaced_people_expected" CHECK ("misplaced_people"."expected" in ('in', 'out'))
);
--> statement-breakpoint
CREATE TABLE "segment_checks" (
	"workspace_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"checked_at" timestamp with time zone NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"missing" bigint NOT NULL,
	"surplus" bigint NOT NULL,
	CONSTRAINT "segment_checks_workspace_id_segment_key_pk" PRIMARY KEY("workspace_id","segment_key")
);
--> statement-breakpoint
CREATE INDEX "misplaced_people_segment" ON "misplaced_people" USING btree ("workspace_id","segment_key","profile_id");--> statement-breakpoint
call raise_walls();
