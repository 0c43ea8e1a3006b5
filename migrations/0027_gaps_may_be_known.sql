ALTER TABLE "reconciliations" ADD COLUMN "known_gap" numeric;--> statement-breakpoint
ALTER TABLE "reconciliations" ADD COLUMN "known_by" uuid;--> statement-breakpoint
ALTER TABLE "reconciliations" ADD COLUMN "known_at" timestamp with time zone;