-- Claiming whom a refresh takes then writes no index, and the new version of a row has room beside the old one.
DROP INDEX "changed_profiles_workspace";--> statement-breakpoint
CREATE INDEX "changed_profiles_waiting" ON "changed_profiles" USING btree ("workspace_id","seq");--> statement-breakpoint
alter table changed_profiles set (fillfactor = 50);
