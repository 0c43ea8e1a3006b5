DROP INDEX "facts_last_order";--> statement-breakpoint
DROP INDEX "facts_last_opened";--> statement-breakpoint
DROP INDEX "facts_last_seen";--> statement-breakpoint
-- Room for the next version of a row beside it: an update that moves no index then writes none.
alter table facts set (fillfactor = 80);
