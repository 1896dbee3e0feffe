//! Which customer IDs an institution can have: NTT East and West give out different forms.

use messages::value::InstitutionCode;

use super::Line;

/// Numbers of the prefectures of NTT East: 北海道 to 神奈川, 新潟, 山梨, 長野 (access.md 1.1, \[S]).
const EAST: [u8; 17] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20];

/// A customer ID of the East at an institution of the West.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "customer IDs of the form COP are given out by NTT East only, and prefecture {prefecture} of institution {institution} is in the West; expected CAF and 10 digits"
)]
pub struct WrongRegion {
    /// The institution.
    pub institution: InstitutionCode,
    /// The first two digits of its code.
    pub prefecture: String,
}

/// Checks that an institution can have a line. Which prefectures are the East's: \[S]; that it is checked: \[I].
///
/// # Errors
/// [`WrongRegion`] if NTT gives out no such customer ID where the institution is.
pub fn check(line: &Line, institution: &InstitutionCode) -> Result<(), WrongRegion> {
    let Line::Ngn { customer_id } = line else { return Ok(()) };
    let prefecture: String = institution.to_string().chars().take(2).collect();
    let in_the_east = prefecture.parse().is_ok_and(|number| EAST.contains(&number));
    if customer_id.is_of_the_east() && !in_the_east {
        return Err(WrongRegion { institution: institution.clone(), prefecture });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cop_is_for_the_17_prefectures_of_the_east_only() {
        let cop: Line = "COP01234567".parse().unwrap();
        let caf: Line = "CAF0123456789".parse().unwrap();
        let ipsec: Line = "ipsec:MIND:1".parse().unwrap();
        let mut east = 0;
        for prefecture in 1..=47 {
            let code = (0..10).find_map(|check| format!("{prefecture:02}1999991{check}").parse().ok());
            let institution: InstitutionCode = code.unwrap();
            assert!(check(&caf, &institution).is_ok() && check(&ipsec, &institution).is_ok());
            east += u8::from(check(&cop, &institution).is_ok());
        }
        assert_eq!(east, 17);
        assert!(check(&cop, &"1319999916".parse().unwrap()).is_ok(), "Tokyo");
        let osaka = (0..10).find_map(|check| format!("271999991{check}").parse().ok()).unwrap();
        assert!(check(&cop, &osaka).unwrap_err().to_string().contains("prefecture 27"));
    }
}
