ALTER TABLE "sources" ADD COLUMN "not_before" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "tells_trouble" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "trouble_told_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sync_runs" ADD COLUMN "window_from" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sync_runs" ADD COLUMN "window_to" timestamp with time zone;