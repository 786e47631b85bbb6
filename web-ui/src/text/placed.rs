//! Views at their places within a sentence, so that each language may place them as its grammar does.

use leptos::prelude::*;

/// The sentence with the view of each `{name}` at its place.
pub(crate) fn placed(sentence: &'static str, view: impl Fn(&str) -> AnyView) -> Vec<AnyView> {
    parts(sentence)
        .map(|part| match part {
            Part::Text(text) => text.into_any(),
            Part::Place(name) => view(name),
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Text(&'static str),
    Place(&'static str),
}

/// The parts of a sentence in their order. Text and places take turns.
fn parts(sentence: &'static str) -> impl Iterator<Item = Part> {
    sentence
        .split(['{', '}'])
        .enumerate()
        .map(|(index, part)| match index % 2 {
            0 => Part::Text(part),
            _ => Part::Place(part),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_places_take_turns() {
        let parts: Vec<Part> = parts("{next} goes on, {previous} goes back").collect();
        assert_eq!(
            parts,
            [
                Part::Text(""),
                Part::Place("next"),
                Part::Text(" goes on, "),
                Part::Place("previous"),
                Part::Text(" goes back"),
            ]
        );
    }
}
