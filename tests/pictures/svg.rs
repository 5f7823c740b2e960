//! Just enough SVG. Whole numbers only, and a background, so that a picture looks the same everywhere and on every page.

use std::fmt::Write as _;

/// Of the text classes, the width of a letter; a font that is narrower does no harm.
pub const MONO: i32 = 8;

pub const BLUE: &str = "#0a58ca";
pub const GREEN: &str = "#1a7f37";
pub const RED: &str = "#b42318";
pub const ORANGE: &str = "#9a5b00";
pub const GREY: &str = "#57606a";
pub const INK: &str = "#1f2328";
pub const LINE: &str = "#d0d7de";
pub const PALE: &str = "#f6f8fa";

const STYLE: &str = "text{font:13px 'DejaVu Sans',Verdana,'Segoe UI',sans-serif;fill:#1f2328}\
.mono{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace}.bold{font-weight:bold}.small{font-size:11px}\
.middle{text-anchor:middle}.end{text-anchor:end}";

#[derive(Default)]
pub struct Svg {
    body: String,
}

impl Svg {
    /// A text; `class` is a list of the words in the style.
    pub fn text(&mut self, (x, y): (i32, i32), class: &str, fill: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(self.body, r#"<text x="{x}" y="{y}" class="{class}" style="fill:{fill}">{text}</text>"#);
    }

    /// A small text around `x` that hides what is behind it.
    pub fn label(&mut self, (x, y): (i32, i32), fill: &str, text: &str) {
        let width = 6 * text.len() as i32 + 14;
        self.rect((x - width / 2, y - 12), (width, 16), "#fff", "none");
        self.text((x, y), "small middle", fill, text);
    }

    /// A box with round corners.
    pub fn rect(&mut self, (x, y): (i32, i32), (w, h): (i32, i32), fill: &str, stroke: &str) {
        let _ = writeln!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" fill="{fill}" stroke="{stroke}"/>"#
        );
    }

    pub fn line(&mut self, (x1, y1): (i32, i32), (x2, y2): (i32, i32), stroke: &str, dashed: bool) {
        let dash = if dashed { r#" stroke-dasharray="4 4""# } else { "" };
        let _ = writeln!(
            self.body,
            r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}" stroke-width="2"{dash}/>"#
        );
    }

    pub fn dot(&mut self, (x, y): (i32, i32), fill: &str) {
        let _ = writeln!(self.body, r#"<circle cx="{x}" cy="{y}" r="5" fill="{fill}"/>"#);
    }

    /// A line with a head at its end.
    pub fn arrow(&mut self, from: (i32, i32), to: (i32, i32), stroke: &str) {
        self.line(from, to, stroke, false);
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = dx.hypot(dy);
        let (dx, dy) = (dx / length, dy / length);
        let corner = |side: f64| {
            let x = f64::from(to.0) - 10.0 * dx - side * 5.0 * dy;
            let y = f64::from(to.1) - 10.0 * dy + side * 5.0 * dx;
            (x.round() as i32, y.round() as i32)
        };
        let ((x1, y1), (x2, y2)) = (corner(1.0), corner(-1.0));
        let _ = writeln!(self.body, r#"<path d="M{} {}L{x1} {y1}L{x2} {y2}Z" fill="{stroke}"/>"#, to.0, to.1);
    }

    pub fn cross(&mut self, (x, y): (i32, i32), stroke: &str) {
        self.line((x - 6, y - 6), (x + 6, y + 6), stroke, false);
        self.line((x - 6, y + 6), (x + 6, y - 6), stroke, false);
    }

    /// The whole file. `about` is for who cannot see it.
    pub fn finish(self, (w, h): (i32, i32), about: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\">\n\
             <title>{about}</title>\n<style>{STYLE}</style>\n\
             <rect x=\"1\" y=\"1\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#fff\" stroke=\"{LINE}\"/>\n{}</svg>\n",
            w - 2,
            h - 2,
            self.body
        )
    }
}
