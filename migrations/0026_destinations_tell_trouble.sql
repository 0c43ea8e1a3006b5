ALTER TABLE "destinations" ADD COLUMN "tells_trouble" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "trouble_told_at" timestamp with time zone;