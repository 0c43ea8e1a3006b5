ALTER TABLE "destination_members" DROP CONSTRAINT "destination_members_state";--> statement-breakpoint
ALTER TABLE "segment_versions" ADD COLUMN "is_quiet" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "segment_versions" ADD COLUMN "published_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "destination_members" ADD CONSTRAINT "destination_members_state" CHECK ("destination_members"."state" in ('in', 'out', 'refused', 'waiting', 'left_out', 'kept'));