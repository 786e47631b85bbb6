//! The rate of a client: the platform's rate limiting binding counts by client id, in each of its locations separately.

use oauth_core::Fault;
use oauth_guard::RateLimits;

use crate::ports::Ports;
use crate::settings::RATE_LIMIT;

impl RateLimits for Ports<'_> {
    async fn within_rate(&self, client_id: &str) -> Result<bool, Fault> {
        let fault = |error| Fault::new("rate.limit", error);
        let limiter = self.env.rate_limiter(RATE_LIMIT).map_err(fault)?;
        let outcome = limiter.limit(client_id.to_owned()).await.map_err(fault)?;
        Ok(outcome.success)
    }
}
