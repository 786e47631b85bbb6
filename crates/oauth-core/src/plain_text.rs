//! Text of strangers that users read.

/// Whether a character changes how others are read, or cannot be seen: a control, a line break, a format character.
pub fn is_misleading(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A name as one plain line of at most `longest` characters: nothing misleading in it, blanks alone between its words.
/// `None` if nothing is left.
pub fn plain_line(name: &str, longest: usize) -> Option<String> {
    let mut line = String::new();
    let mut length = 0;
    for word in name.split(|c: char| c.is_whitespace() || c.is_control()) {
        let mut is_first = true;
        for character in word.chars().filter(|character| !is_misleading(*character)) {
            let blank = is_first && !line.is_empty();
            length += 1 + usize::from(blank);
            if length > longest {
                line.push('…');
                return Some(line);
            }
            if blank {
                line.push(' ');
            }
            is_first = false;
            line.push(character);
        }
    }
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_123_a_name_is_one_plain_line_of_a_bounded_length() {
        for (name, line) in [
            ("  Notes\tof\r\n Ada ", Some("Notes of Ada")),
            ("Bank\u{202e}gnihsihp", Some("Bankgnihsihp")),
            ("a\u{200b}\u{feff}b\0c", Some("ab c")),
            ("\u{200f} \u{2028}", None),
            ("", None),
            ("0123456789abc", Some("0123456789ab…")),
            ("01234 67890 b", Some("01234 67890…")),
            ("<script>", Some("<script>")),
        ] {
            assert_eq!(plain_line(name, 12).as_deref(), line, "{name:?}");
        }
    }
}
