DROP INDEX "staged_changes_refresh";--> statement-breakpoint
DROP INDEX "memberships_left";--> statement-breakpoint
ALTER TABLE "staged_changes" DROP CONSTRAINT "staged_changes_workspace_id_profile_id_segment_key_refresh_id_pk";--> statement-breakpoint
ALTER TABLE "staged_changes" ADD CONSTRAINT "staged_changes_workspace_id_refresh_id_segment_key_profile_id_pk" PRIMARY KEY("workspace_id","refresh_id","segment_key","profile_id");--> statement-breakpoint
CREATE INDEX "memberships_left" ON "memberships" USING btree ("workspace_id","segment_key","left_at") WHERE left_at is not null;