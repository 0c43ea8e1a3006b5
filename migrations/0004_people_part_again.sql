ALTER TABLE "identifiers" ADD COLUMN "home_id" uuid NOT NULL;--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "by_user_id" uuid;--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "via_kind" text;--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "via_value" text;