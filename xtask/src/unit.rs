//! The parts that are built by themselves, and how.

use std::path::PathBuf;

use crate::{
    freshness, paths,
    workspace::{self, Packages},
};

/// Quick to make, or small and fast to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Quick,
    Release,
}

/// A part that is built by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Auth,
    Api,
    App,
    Pages,
    /// The example.
    Notes,
}

impl Unit {
    /// The running system.
    pub(crate) const SYSTEM: [Self; 4] = [Self::Auth, Self::Api, Self::App, Self::Pages];
    /// The running system and the example.
    pub(crate) const ALL: [Self; 5] = [Self::Auth, Self::Api, Self::App, Self::Pages, Self::Notes];

    /// The package that it is built from.
    pub(crate) const fn package(self) -> &'static str {
        match self {
            Self::Auth => "auth-worker",
            Self::Api => "api-worker",
            Self::App => "app-worker",
            Self::Pages => "web-ui",
            Self::Notes => "notes-worker",
        }
    }

    /// The name of its library.
    pub(crate) fn library(self) -> String {
        self.package().replace('-', "_")
    }

    /// The folder that the build writes.
    pub(crate) fn built(self) -> PathBuf {
        match self {
            Self::Pages => paths::at("web-ui/dist/assets"),
            Self::Auth | Self::Api | Self::App | Self::Notes => self.folder().join("build"),
        }
    }

    pub(crate) fn folder(self) -> PathBuf {
        match self {
            Self::Notes => paths::at("examples/notes"),
            Self::Auth | Self::Api | Self::App | Self::Pages => paths::at(self.package()),
        }
    }

    /// The description of its worker for wrangler.
    pub(crate) fn config(self) -> PathBuf {
        match self {
            Self::App | Self::Pages => paths::at("wrangler.toml"),
            Self::Auth | Self::Api | Self::Notes => self.folder().join("wrangler.toml"),
        }
    }

    /// The file that shows that it was built.
    pub(crate) fn entry(self) -> PathBuf {
        match self {
            Self::Pages => paths::at("web-ui/dist/index.html"),
            Self::Auth | Self::Api | Self::App | Self::Notes => self.built().join("index.js"),
        }
    }

    /// A fingerprint of everything that it is built from.
    pub(crate) fn fingerprint(self, packages: &Packages) -> String {
        let mut sources = workspace::sources(packages, self.package());
        sources.push(self.config());
        sources.extend(
            ["objects.rs", "worker.rs", "wasm_module.rs", "entry.js"]
                .map(|name| paths::at("xtask/src").join(name)),
        );
        if self == Self::Pages {
            sources.push(paths::at("xtask/src/spa.rs"));
            sources.push(paths::at("crates/oauth-server/src/page/tokens.css"));
        }
        freshness::fingerprint(&sources)
    }
}
