//! What a resource server needs to accept an access token.
