//! Small charts as SVG, by plain functions: scales, marks, and the text of the markup.
//!
//! Of our own, because two charts of a few marks are a few kilobytes, and a charting crate brings second copies of
//! what the pages already have. The markup is text and not views for the same reason; every word in it passes
//! [`escaped`]. Places are percentages, so that a chart is as wide as its column and no mark is stretched.

use std::fmt::Write as _;

use super::duration::milliseconds;

/// Where the first mark stands, and how wide the field of marks is, in percent: the scale's labels come before it.
const LEFT: f64 = 12.0;
const WIDTH: f64 = 87.0;
/// Where the field of marks begins below the top, and how high it is, in percent.
const TOP: f64 = 8.0;
const HEIGHT: f64 = 84.0;

/// How a mark looks: told apart by form, not by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A ring.
    Ring,
    /// A full dot.
    Dot,
    /// A cross.
    Cross,
}

/// A mark on a chart of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The slot, counted from the right.
    pub(super) slot: usize,
    /// The time that it stands for.
    pub(super) milliseconds: u64,
    /// How it looks.
    pub(super) form: Form,
    /// What a pointer that rests on it is told.
    pub(super) title: String,
}

/// A bar on a chart of counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// The slot, counted from the right.
    pub(super) slot: usize,
    /// What is counted.
    pub(super) count: u64,
    /// How many of them failed.
    pub(super) failed: u64,
    /// What a pointer that rests on it is told.
    pub(super) title: String,
}

/// Whole powers of ten: a run from the cache and one that waits for minutes are both seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decades {
    lowest: u32,
    highest: u32,
}

impl Decades {
    fn of(values: impl Iterator<Item = u64>) -> Self {
        let (mut least, mut most) = (u64::MAX, 1);
        for value in values {
            least = least.min(value.max(1));
            most = most.max(value);
        }
        let lowest = least.min(most).ilog10();
        let highest = most.ilog10() + u32::from(!is_power_of_ten(most));
        Self {
            lowest,
            highest: highest.max(lowest + 1),
        }
    }

    /// The place of a value, in percent from the top.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a mark is placed to the pixel, not to the microsecond"
    )]
    fn place(self, value: u64) -> f64 {
        let span = f64::from(self.highest - self.lowest);
        let part = ((value.max(1) as f64).log10() - f64::from(self.lowest)) / span;
        TOP + HEIGHT * (1.0 - part.clamp(0.0, 1.0))
    }

    fn values(self) -> impl Iterator<Item = u64> {
        (self.lowest..=self.highest).map(|power| 10_u64.saturating_pow(power))
    }
}

const fn is_power_of_ten(value: u64) -> bool {
    10_u64.saturating_pow(value.ilog10()) == value
}

/// The middle of a slot, in percent from the left.
#[expect(
    clippy::cast_precision_loss,
    reason = "there are a hundred slots at most"
)]
fn across(slot: usize, slots: usize) -> f64 {
    let from_right = (slot as f64 + 0.5) / slots as f64;
    LEFT + WIDTH * (1.0 - from_right)
}

/// Marks on a scale of times.
pub(super) fn marks(summary: &str, marks: &[Mark], slots: usize) -> String {
    let scale = Decades::of(marks.iter().map(|mark| mark.milliseconds));
    let mut svg = opened(summary);
    for value in scale.values() {
        grid_line(&mut svg, scale.place(value), &milliseconds(value));
    }
    for mark in marks {
        let (x, y) = (across(mark.slot, slots), scale.place(mark.milliseconds));
        // Writing into a text cannot fail.
        let _ = write!(
            svg,
            r#"<svg x="{x:.2}%" y="{y:.2}%">{}<title>{}</title></svg>"#,
            shape(mark.form),
            escaped(&mark.title)
        );
    }
    svg + "</svg>"
}

/// Bars on a scale of counts; what failed stands hatched on top of what succeeded.
#[expect(
    clippy::cast_precision_loss,
    reason = "a bar is as high as pixels allow to tell"
)]
pub(super) fn bars(summary: &str, bars: &[Bar], slots: usize) -> String {
    let most = round_up(bars.iter().map(|bar| bar.count).max().unwrap_or_default());
    let height = |count: u64| HEIGHT * count as f64 / most as f64;
    let width = WIDTH / slots.max(1) as f64 * 0.72;
    let mut svg = opened(summary);
    svg += HATCH;
    for value in [0, most] {
        grid_line(&mut svg, TOP + HEIGHT - height(value), &value.to_string());
    }
    for bar in bars {
        let x = across(bar.slot, slots) - width / 2.0;
        let (all, failed) = (height(bar.count), height(bar.failed.min(bar.count)));
        let (top, floor) = (TOP + HEIGHT - all, all - failed);
        let _ = write!(
            svg,
            r#"<g><rect class="ok" x="{x:.2}%" y="{:.2}%" width="{width:.2}%" height="{floor:.2}%"/>"#,
            top + failed
        );
        let _ = write!(
            svg,
            r#"<rect class="bad" fill="url(#hatch)" x="{x:.2}%" y="{top:.2}%" width="{width:.2}%" height="{failed:.2}%"/>"#
        );
        let _ = write!(svg, "<title>{}</title></g>", escaped(&bar.title));
    }
    svg + "</svg>"
}

const HATCH: &str = r#"<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="5" height="5"/><path class="hatch-line" d="M0 0V5"/></pattern></defs>"#;

/// The key to a form of mark.
pub(super) fn key(form: Form) -> String {
    format!(
        r#"<svg class="key"><svg x="50%" y="50%">{}</svg></svg>"#,
        shape(form)
    )
}

/// The key to a part of a bar.
pub(super) fn bar_key(failed: bool) -> String {
    let (class, fill) = if failed {
        ("bad", r#" fill="url(#hatch)""#)
    } else {
        ("ok", "")
    };
    format!(
        r#"<svg class="key"><rect class="{class}"{fill} x="2" y="2" width="10" height="10"/></svg>"#
    )
}

const fn shape(form: Form) -> &'static str {
    match form {
        Form::Ring => r#"<circle class="ring" r="3.5"/>"#,
        Form::Dot => r#"<circle class="dot" r="4"/>"#,
        Form::Cross => r#"<path class="cross" d="M-4-4 4 4M-4 4 4-4"/>"#,
    }
}

fn opened(summary: &str) -> String {
    let summary = escaped(summary);
    format!(r#"<svg class="plot" role="img" aria-label="{summary}">"#)
}

fn grid_line(svg: &mut String, y: f64, label: &str) {
    let _ = write!(
        svg,
        r#"<line x1="{LEFT}%" x2="100%" y1="{y:.2}%" y2="{y:.2}%"/><text x="{}%" y="{y:.2}%" dy="4">{label}</text>"#,
        LEFT - 1.5
    );
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn round_up(value: u64) -> u64 {
    let power = 10_u64.saturating_pow(value.max(1).ilog10());
    [1, 2, 5]
        .into_iter()
        .map(|step| power.saturating_mul(step))
        .find(|step| *step >= value)
        .unwrap_or_else(|| power.saturating_mul(10))
}

/// Text as it may stand in markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_of_times_spans_whole_powers_of_ten() {
        let span = |values: &[u64]| {
            let scale = Decades::of(values.iter().copied());
            (scale.lowest, scale.highest)
        };
        assert_eq!(span(&[12, 340]), (1, 3));
        assert_eq!(span(&[10, 100]), (1, 2));
        assert_eq!(span(&[0]), (0, 1));
        assert_eq!(span(&[]), (0, 1));
        assert_eq!(span(&[7, 12_000]), (0, 5));
    }

    #[test]
    fn a_longer_time_stands_higher_and_none_outside() {
        let scale = Decades::of([5, 900].into_iter());
        assert!(scale.place(900) < scale.place(5));
        for value in [0, 5, 900, u64::MAX] {
            let place = scale.place(value);
            assert!((TOP..=TOP + HEIGHT).contains(&place), "{value}: {place}");
        }
    }

    #[test]
    fn the_latest_slot_is_the_rightmost() {
        assert!(across(0, 48) > across(47, 48));
        assert!(across(47, 48) > LEFT && across(0, 48) < LEFT + WIDTH);
    }

    #[test]
    fn counts_are_drawn_to_a_round_number() {
        for (value, round) in [
            (0, 1),
            (1, 1),
            (3, 5),
            (5, 5),
            (6, 10),
            (101, 200),
            (900, 1000),
        ] {
            assert_eq!(round_up(value), round, "{value}");
        }
    }

    #[test]
    fn a_failure_has_another_form_than_a_success() {
        let mark = |form| Mark {
            slot: 0,
            milliseconds: 10,
            form,
            title: String::new(),
        };
        let drawn = marks("two runs", &[mark(Form::Dot), mark(Form::Cross)], 24);
        assert!(drawn.contains("<circle") && drawn.contains("<path class=\"cross\""));
        let bar = Bar {
            slot: 3,
            count: 4,
            failed: 1,
            title: "1 failed".into(),
        };
        let drawn = bars("an hour", &[bar], 48);
        assert!(drawn.contains(r#"fill="url(#hatch)""#) && drawn.contains("1 failed"));
    }

    #[test]
    fn no_word_becomes_markup() {
        let mark = Mark {
            slot: 0,
            milliseconds: 1,
            form: Form::Ring,
            title: "<script>".into(),
        };
        let drawn = marks(r#""><script>"#, &[mark], 1);
        assert!(!drawn.contains("<script>"), "{drawn}");
        assert!(drawn.starts_with(r#"<svg class="plot" role="img" aria-label="&quot;&gt;"#));
    }
}
