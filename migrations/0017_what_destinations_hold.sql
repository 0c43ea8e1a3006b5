CREATE TABLE "departures" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"destination_id" uuid NOT NULL,
	"sealed" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "departures_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
ALTER TABLE "destination_members" DROP CONSTRAINT "destination_members_state";--> statement-breakpoint
DROP INDEX "destination_members_destination";--> statement-breakpoint
ALTER TABLE "destination_members" ADD COLUMN "phone" text;--> statement-breakpoint
ALTER TABLE "destination_members" ADD COLUMN "attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "destination_members" ADD COLUMN "retry_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "every_minutes" integer;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "next_push_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "departures_destination" ON "departures" USING btree ("workspace_id","destination_id");--> statement-breakpoint
CREATE INDEX "destination_members_destination" ON "destination_members" USING btree ("workspace_id","destination_id",lower(address));--> statement-breakpoint
ALTER TABLE "destination_members" ADD CONSTRAINT "destination_members_state" CHECK ("destination_members"."state" in ('in', 'out', 'refused', 'waiting', 'leaving', 'left_out', 'kept'));--> statement-breakpoint
call raise_walls();
