//! Cloudflare glue that the workers share.
