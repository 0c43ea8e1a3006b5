-- Webhooks with an id only wait here for the answer of the vendor. A new table: locks nothing that is in use.
CREATE TABLE "pending_notices" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "pending_notices_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"item" jsonb NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "pending_notices_due" ON "pending_notices" USING btree ("workspace_id","next_try_at");
--> statement-breakpoint
call raise_walls();
