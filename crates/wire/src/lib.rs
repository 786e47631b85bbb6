//! JSON that the app's worker and its pages share.
