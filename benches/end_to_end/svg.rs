//! Plots, as SVG: a line over an axis that may be logarithmic.

use std::fmt::Write;

use super::options::Options;
use super::report::{Sample, number};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const MARGIN: f64 = 56.0;

/// One line of a plot, its points from left to right.
pub struct Line<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, f64)>,
}

/// How large which part of `sample` is: its quantiles, up to 99.9 %.
pub fn distribution(options: &Options, name: &str, unit: &str, sample: &Sample) {
    let parts = (0..=999).map(|thousandth| f64::from(thousandth) / 1000.0);
    let points = parts.map(|part| (part * 100.0, sample.quantile(part))).collect();
    let axes = Axes { x: "part of the sample, %", y: unit, log_x: false };
    plot(options, name, &axes, &[Line { name: "", points }]);
}

/// What the axes show.
pub struct Axes<'a> {
    pub x: &'a str,
    pub y: &'a str,
    pub log_x: bool,
}

/// Draws lines into the folder that the options name, if they do. The vertical axis begins at 0.
pub fn plot(options: &Options, name: &str, axes: &Axes<'_>, lines: &[Line<'_>]) {
    let Some(folder) = &options.svg else { return };
    let path = folder.join(format!("{name}.svg"));
    if let Err(e) = std::fs::write(&path, draw(name, axes, lines)) {
        eprintln!("  {} cannot be written: {e}", path.display());
    }
}

fn draw(title: &str, axes: &Axes<'_>, lines: &[Line<'_>]) -> String {
    let place = |x: f64| if axes.log_x { x.max(1.0).log10() } else { x };
    let all = || lines.iter().flat_map(|line| &line.points);
    let left = all().map(|point| place(point.0)).fold(f64::INFINITY, f64::min);
    let right = all().map(|point| place(point.0)).fold(left + f64::EPSILON, f64::max);
    let top = round_up(all().map(|point| point.1).fold(f64::EPSILON, f64::max));
    let at_x = |x: f64| MARGIN + (place(x) - left) / (right - left) * (WIDTH - 2.0 * MARGIN);
    let at_y = |y: f64| HEIGHT - MARGIN - y / top * (HEIGHT - 2.0 * MARGIN);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    let text = |x: f64, y: f64, anchor: &str, text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>\n")
    };
    svg += &text(WIDTH / 2.0, 20.0, "middle", title);
    svg += &text(WIDTH / 2.0, HEIGHT - 12.0, "middle", axes.x);
    svg += &text(8.0, 36.0, "start", axes.y);
    for fifth in 0..=4 {
        let y = top * f64::from(fifth) / 4.0;
        let (from, to, at) = (MARGIN, WIDTH - MARGIN, at_y(y));
        let _ = writeln!(svg, "<path d=\"M{from} {at:.1}H{to}\" stroke=\"#ddd\"/>");
        svg += &text(MARGIN - 6.0, at + 4.0, "end", &number(y));
    }
    let mut marks: Vec<f64> = match axes.log_x {
        true => (left.ceil() as i32..=right.floor() as i32).map(|power| 10_f64.powi(power)).collect(),
        false => (0..=4).map(|fourth| left + (right - left) * f64::from(fourth) / 4.0).collect(),
    };
    marks.dedup();
    for x in marks {
        svg += &text(at_x(x), HEIGHT - MARGIN + 18.0, "middle", &number(x));
    }
    for (line, colour) in lines.iter().zip(["#1f5fa8", "#b0482a", "#3a7d44", "#6b4c9a"].iter().cycle()) {
        let mut way = String::new();
        for (i, (x, y)) in line.points.iter().enumerate() {
            let _ = write!(way, "{}{:.1} {:.1}", if i == 0 { 'M' } else { 'L' }, at_x(*x), at_y(*y));
        }
        let _ = writeln!(svg, "<path d=\"{way}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>");
        if let Some((x, y)) = line.points.last().filter(|_| !line.name.is_empty()) {
            svg += &text(at_x(*x), at_y(*y) - 6.0, "end", line.name);
        }
    }
    svg + "</svg>\n"
}

/// The next of 1, 2, 5, 10, 20, ... that is not below `value`.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| step * power >= value);
    step.unwrap_or(10.0) * power
}
