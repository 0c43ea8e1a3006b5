DROP INDEX "changed_profiles_workspace";--> statement-breakpoint
CREATE INDEX "changed_profiles_waiting" ON "changed_profiles" USING btree ("workspace_id","seq");--> statement-breakpoint
alter table changed_profiles set (fillfactor = 50);
