//! What a client would rather have: the weights of `Accept` and `Accept-Language` (RFC 9110 §12.4.2, §12.5.1).

/// The weight, in thousandths, that `accept` gives to the first of `ranges` that it names: a media type, then the ranges that
/// contain it. Nothing if it names none.
pub fn media_type_weight(accept: &str, ranges: &[&str]) -> Option<u32> {
    ranges.iter().find_map(|wanted| {
        accept.split(',').find_map(|entry| {
            let mut parts = entry.split(';');
            let range = parts.next().unwrap_or_default().trim();
            let weight = parts.find_map(weight).unwrap_or(1_000);
            range.eq_ignore_ascii_case(wanted).then_some(weight)
        })
    })
}

/// A weight in thousandths (RFC 9110 §12.4.2); 0 means "not acceptable".
pub(crate) fn weight(parameter: &str) -> Option<u32> {
    let parameter = parameter.trim();
    let value = parameter.strip_prefix(['q', 'Q'])?.strip_prefix('=')?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits = decimals.bytes().chain([b'0'; 3]).take(3);
    let thousandths = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_range_that_is_named_has_the_weight() {
        const JSON: &[&str] = &["application/json", "application/*", "*/*"];
        for (accept, weight) in [
            ("application/json", Some(1_000)),
            ("Application/JSON; charset=utf-8 ;q=0.25", Some(250)),
            ("*/*;q=0.1, application/*;q=0.2", Some(200)),
            ("*/*", Some(1_000)),
            ("application/json;q=0", Some(0)),
            ("application/json;q=2", Some(1_000)),
            ("text/html, application/jwt", None),
            ("", None),
            (",;,=;q", None),
        ] {
            assert_eq!(media_type_weight(accept, JSON), weight, "{accept}");
        }
    }
}
