//! Catalogues of the sentences that users read.

/// Declares a part of a catalogue together with its texts in the first language, so that each text is written once.
///
/// The struct has a field for each text: a `&'static str`, or the type that is named. A further language is another
/// value of the struct, and does not compile while a text is missing.
///
/// ```
/// oauth_core::texts! {
///     /// The page of greetings.
///     pub Greetings, EN {
///         /// Its heading.
///         heading = "Good morning",
///         /// Greets a user by name.
///         greeting: fn(&str) -> String = |name| format!("Good morning, {name}."),
///     }
/// }
///
/// const ES: Greetings = Greetings {
///     heading: "Buenos días",
///     greeting: |name| format!("Buenos días, {name}."),
/// };
/// assert_eq!((EN.greeting)("Ada"), "Good morning, Ada.");
/// assert_eq!(ES.heading, "Buenos días");
/// ```
///
/// ```compile_fail,E0063
/// oauth_core::texts! {
///     /// The page of greetings.
///     pub Greetings, EN {
///         /// Its heading.
///         heading = "Good morning",
///         /// Its end.
///         end = "Goodbye",
///     }
/// }
///
/// const ES: Greetings = Greetings { heading: "Buenos días" };
/// ```
#[macro_export]
macro_rules! texts {
    (
        $(#[$about:meta])*
        $visibility:vis $Part:ident, $FIRST:ident {
            $($(#[$note:meta])* $text:ident $(: $kind:ty)? = $value:expr,)*
        }
    ) => {
        $(#[$about])*
        $visibility struct $Part {
            $($(#[$note])* $visibility $text: $crate::text_kind!($($kind)?),)*
        }

        $(#[$about])*
        $visibility const $FIRST: $Part = $Part { $($text: $value,)* };
    };
}

/// The type of a text: a `&'static str` where none is named.
#[doc(hidden)]
#[macro_export]
macro_rules! text_kind {
    () => { &'static str };
    ($kind:ty) => { $kind };
}
