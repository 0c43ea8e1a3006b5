ALTER TABLE "sync_runs" ADD COLUMN "waiting" text;--> statement-breakpoint
ALTER TABLE "sync_runs" ADD COLUMN "pace_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sync_runs" ADD COLUMN "pace_read" bigint DEFAULT 0 NOT NULL;