//! The platform's WebCrypto behind the traits of oauth-core, in workers and in browsers.
