//! The judgement of metabolic syndrome and the level of guidance.

use super::catalogue::Limits;

/// What metabolic syndrome and guidance are judged from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judgement {
    pub(super) male: bool,
    pub(super) age: i16,
    pub(super) waist: f64,
    pub(super) bmi: f64,
    pub(super) systolic: f64,
    pub(super) diastolic: f64,
    pub(super) triglyceride: f64,
    pub(super) hdl: f64,
    /// On an empty stomach only.
    pub(super) glucose: Option<f64>,
    pub(super) hba1c: f64,
    pub(super) smokes: bool,
    /// Taken for glucose, lipids, blood pressure.
    pub(super) drugs: [bool; 3],
}

impl Judgement {
    /// Glucose, lipids, blood pressure.
    pub(super) fn risks(&self, limits: &Limits) -> [bool; 3] {
        [
            self.glucose.is_some_and(|glucose| glucose >= limits.glucose) || self.hba1c >= limits.hba1c,
            self.triglyceride >= limits.triglyceride || self.hdl < limits.hdl,
            self.systolic >= limits.systolic || self.diastolic >= limits.diastolic,
        ]
    }

    fn is_wide(&self, limits: &Limits) -> bool {
        self.waist >= if self.male { limits.waist_male } else { limits.waist_female }
    }

    /// 1 metabolic syndrome, 2 on the way to it, 3 neither. Drugs count as the risk that they are taken for.
    pub(super) fn metabolic(&self, limits: &Limits) -> u8 {
        let risks = self.risks(limits).iter().zip(self.drugs).filter(|(risk, drug)| **risk || *drug).count();
        match (self.is_wide(limits), risks) {
            (true, 2..) => 1,
            (true, 1) => 2,
            _ => 3,
        }
    }

    /// 1 active support, 2 support of motivation, 3 none. Who takes drugs is looked after already; from 65 support is
    /// never active. A rule in general use \[I].
    pub(super) fn guidance(&self, limits: &Limits) -> u8 {
        let risks = self.risks(limits).iter().filter(|risk| **risk).count();
        let risks = risks + usize::from(risks > 0 && self.smokes);
        let active_from = if self.is_wide(limits) {
            2
        } else if self.bmi >= limits.bmi {
            3
        } else {
            return 3;
        };
        if risks == 0 || self.drugs.contains(&true) {
            3
        } else if risks >= active_from && self.age < 65 {
            1
        } else {
            2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::catalogue;
    use super::*;

    const SOUND: Judgement = Judgement {
        male: true,
        age: 50,
        waist: 80.0,
        bmi: 22.0,
        systolic: 120.0,
        diastolic: 75.0,
        triglyceride: 100.0,
        hdl: 55.0,
        glucose: Some(90.0),
        hba1c: 5.2,
        smokes: false,
        drugs: [false; 3],
    };

    #[test]
    fn metabolic_syndrome_and_guidance_follow_from_waist_risks_and_drugs() {
        let wide = Judgement { waist: 85.0, ..SOUND };
        let heavy = Judgement { bmi: 25.0, ..SOUND };
        let (pressure, lipids) = (130.0, 39.0);
        for (case, judgement, metabolic, guidance) in [
            ("sound", SOUND, 3, 3),
            ("smoker without risk", Judgement { smokes: true, ..wide }, 3, 3),
            ("risks without waist", Judgement { systolic: pressure, hdl: lipids, ..SOUND }, 3, 3),
            ("wide, no risk", wide, 3, 3),
            ("wide, one risk", Judgement { systolic: pressure, ..wide }, 2, 2),
            ("wide, low pressure beside a high one", Judgement { diastolic: 85.0, ..wide }, 2, 2),
            ("wide, smoker with a risk", Judgement { systolic: pressure, smokes: true, ..wide }, 2, 1),
            ("wide, two risks", Judgement { systolic: pressure, hdl: lipids, ..wide }, 1, 1),
            ("wide, glucose by HbA1c alone", Judgement { glucose: None, hba1c: 5.6, ..wide }, 2, 2),
            ("from 65", Judgement { systolic: pressure, hdl: lipids, age: 65, ..wide }, 1, 2),
            ("drugs for two", Judgement { drugs: [false, true, true], ..wide }, 1, 3),
            ("a wide woman", Judgement { male: false, waist: 89.9, systolic: pressure, ..SOUND }, 3, 3),
            ("heavy, two risks", Judgement { systolic: pressure, hdl: lipids, ..heavy }, 3, 2),
            ("heavy, three risks", Judgement { systolic: pressure, hdl: lipids, hba1c: 6.0, ..heavy }, 3, 1),
        ] {
            let limits = &catalogue().limits;
            assert_eq!(
                (judgement.metabolic(limits), judgement.guidance(limits)),
                (metabolic, guidance),
                "{case}"
            );
        }
    }
}
