DROP INDEX "memberships_entered";--> statement-breakpoint
DROP INDEX "memberships_present";--> statement-breakpoint
CREATE INDEX "memberships_present" ON "memberships" USING btree ("workspace_id","segment_key","entered_at","profile_id") WHERE left_at is null;--> statement-breakpoint
-- What is staged is of one running refresh, which begins anew.
TRUNCATE "staged_changes";--> statement-breakpoint
ALTER TABLE "staged_changes" DROP CONSTRAINT "staged_changes_workspace_id_refresh_id_segment_key_profile_id_pk";--> statement-breakpoint
ALTER TABLE "staged_changes" DROP COLUMN "segment_key";--> statement-breakpoint
ALTER TABLE "staged_changes" DROP COLUMN "change";--> statement-breakpoint
ALTER TABLE "staged_changes" ADD COLUMN "batch_id" uuid NOT NULL;--> statement-breakpoint
ALTER TABLE "staged_changes" ADD COLUMN "entered" text[] NOT NULL;--> statement-breakpoint
ALTER TABLE "staged_changes" ADD COLUMN "left" text[] NOT NULL;--> statement-breakpoint
ALTER TABLE "staged_changes" ADD CONSTRAINT "staged_changes_workspace_id_refresh_id_profile_id_batch_id_pk" PRIMARY KEY("workspace_id","refresh_id","profile_id","batch_id");--> statement-breakpoint
ALTER TABLE "staged_changes" SET UNLOGGED;
