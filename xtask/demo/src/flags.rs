//! The command line.

use std::path::PathBuf;

xflags::xflags! {
    /// Makes local secrets, demo data, and rows to add.
    cmd demo-data {
        /// Makes the local secrets that are missing, and prints the demo rows: {"auth": [SQL, …], "api": [SQL, …]}.
        cmd all {
            /// The folder of the app's .dev.vars.
            required app_folder: PathBuf
            /// The folder of the auth worker's.
            required auth_folder: PathBuf
            /// The folder of the API worker's.
            required api_folder: PathBuf
            /// The app's origin.
            required app_origin: String
            /// The API's origin.
            required api_origin: String
        }
        /// Prints the row of a user, read as JSON from standard input: {"sql": SQL, "secret": null}.
        cmd user {}
        /// Prints the row of a client: {"sql": SQL, "secret": TEXT or null}.
        cmd client {
            /// The folder of the auth worker's .dev.vars.
            required auth_folder: PathBuf
            /// The client's id and its options, after `--`.
            repeated words: String
        }
        /// Prints a new secret and the statements that go with it; standard input says what there is before.
        cmd rotation {}
        /// Prints the options of a client.
        cmd options {}
        /// Prints the statement that lets a client ask for these scopes too: {"sql": SQL}.
        cmd allow {
            required client: String
            repeated scopes: String
        }
    }
}
