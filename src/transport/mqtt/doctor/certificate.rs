//! Until when a certificate is valid: the one thing that the doctor says about it and TLS does not. The certificate has been
//! verified; what cannot be read is only not said.

/// The last day of a certificate in DER, as in "2030-12-31".
pub fn last_day(certificate: &[u8]) -> Option<String> {
    // Certificate { tbsCertificate { [0] version, serialNumber, signature, issuer, validity { notBefore, notAfter }, ... } }
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    if fields.first() == Some(&0xa0) {
        fields = element(fields)?.2;
    }
    for _ in ["serialNumber", "signature", "issuer"] {
        fields = element(fields)?.2;
    }
    let (_, validity, _) = element(fields)?;
    let (_, _, validity) = element(validity)?;
    let (kind, time, _) = element(validity)?;
    let time = std::str::from_utf8(time).ok().filter(|time| time.is_ascii())?;
    match kind {
        // UTCTime has two digits of the year: 50 and later are of the twentieth century (RFC 5280, section 4.1.2.5.1).
        0x17 => {
            let century = if time.get(..1)? < "5" { "20" } else { "19" };
            Some(format!("{century}{}-{}-{}", time.get(..2)?, time.get(2..4)?, time.get(4..6)?))
        }
        0x18 => Some(format!("{}-{}-{}", time.get(..4)?, time.get(4..6)?, time.get(6..8)?)),
        _ => None,
    }
}

/// The first element: its tag, what is in it, and what comes behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(year: i32, month: u8, day: u8) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["broker.example".to_string()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, month, day);
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_last_day_is_read_in_both_forms() {
        assert_eq!(last_day(&ending(2030, 1, 2)).as_deref(), Some("2030-01-02"));
        assert_eq!(last_day(&ending(2049, 12, 31)).as_deref(), Some("2049-12-31"));
        assert_eq!(last_day(&ending(2050, 1, 1)).as_deref(), Some("2050-01-01"));
    }

    #[test]
    fn what_is_no_certificate_has_no_last_day() {
        let good = ending(2030, 1, 2);
        for length in 0..good.len() {
            assert_eq!(last_day(&good[..length]), None, "cut to {length} bytes");
        }
        assert_eq!(last_day(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0]), None);
        assert_eq!(last_day(&[0x30, 0x80, 0, 0]), None);
    }
}
