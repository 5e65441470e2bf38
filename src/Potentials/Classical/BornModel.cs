using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Classical;

/// <summary>Formulas of the Born radius.</summary>
public enum BornModel
{
    /// <summary>OBC I of Onufriev, Bashford and Case (Amber's igb=2).</summary>
    Obc1,

    /// <summary>OBC II (Amber's igb=5).</summary>
    Obc2,

    /// <summary>GBn of Mongan, Simmerling, McCammon, Case and Onufriev, with necks (Amber's igb=7).</summary>
    Gbn,

    /// <summary>GBn2 of Nguyen, Roe and Simmerling, with necks and coefficients of every element (Amber's igb=8).</summary>
    Gbn2,
}

/// <summary>
/// What a model has for all atoms. A. Onufriev, D. Bashford, D. A. Case, Proteins 55 (2004) 383; J. Mongan, C. Simmerling, J. A. McCammon,
/// D. A. Case, A. Onufriev, J. Chem. Theory Comput. 3 (2007) 156; H. Nguyen, D. R. Roe, C. Simmerling, J. Chem. Theory Comput. 9 (2013)
/// 2020. The numbers are those of Amber's sander.
/// </summary>
public static class BornModels
{
    private static readonly (BornModel Model, string Name, double Offset, double NeckScale, BornCoefficients? Coefficients)[] s_models =
    [
        (BornModel.Obc1, "obc1", 0.009, 0, new(0.8, 0, 2.909125)),
        (BornModel.Obc2, "obc2", 0.009, 0, new(1, 0.8, 4.85)),
        // OpenMM has beta 1.907992938, a digit more: Born radii change by some 1e-5 of themselves
        (BornModel.Gbn, "gbn", 0.009, 0.361825, new(1.09511284, 1.90792938, 2.50798245)),
        (BornModel.Gbn2, "gbn2", 0.0195141, 0.826836, null),
    ];

    /// <summary>"obc1", "obc2", "gbn", "gbn2".</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_models.Select(m => m.Name)];

    /// <summary>The model of a name, or null.</summary>
    public static BornModel? Find(string name)
    {
        int index = Array.FindIndex(s_models, m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index < 0 ? null : s_models[index].Model;
    }

    /// <summary>As <see cref="Names"/> has it.</summary>
    public static string Name(this BornModel model) => s_models[(int)model].Name;

    /// <summary>nm between the intrinsic radius and the one that enters the integral.</summary>
    public static double Offset(this BornModel model) => s_models[(int)model].Offset;

    /// <summary>Factor of <see cref="Neck"/>s; 0 for none.</summary>
    public static double NeckScale(this BornModel model) => s_models[(int)model].NeckScale;

    /// <summary>Coefficients of the Born radius, null where every element has its own.</summary>
    public static BornCoefficients? CommonCoefficients(this BornModel model) => s_models[(int)model].Coefficients;
}
