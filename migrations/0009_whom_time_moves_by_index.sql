ALTER TABLE "scorings" ADD COLUMN "buyers_since" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "consents_decided" ON "consents" USING btree ("workspace_id","decided_at");--> statement-breakpoint
CREATE INDEX "consents_received" ON "consents" USING btree ("workspace_id","received_at");--> statement-breakpoint
CREATE INDEX "facts_first_order" ON "facts" USING btree ("workspace_id","first_order_at");--> statement-breakpoint
CREATE INDEX "facts_last_opened" ON "facts" USING btree ("workspace_id","last_opened_at");--> statement-breakpoint
CREATE INDEX "facts_signed_up" ON "facts" USING btree ("workspace_id","signed_up_at");--> statement-breakpoint
CREATE INDEX "facts_first_seen" ON "facts" USING btree ("workspace_id","first_seen_at");--> statement-breakpoint
CREATE INDEX "facts_last_seen" ON "facts" USING btree ("workspace_id","last_seen_at");