namespace MolSampling.Potentials.Xtb;

/// <summary>Extended tight binding: how the electrons are treated.</summary>
public enum XtbMethod
{
    /// <summary>GFN2-xTB: multipole electrostatics, D4 dispersion. C. Bannwarth, S. Ehlert, S. Grimme, J. Chem. Theory Comput. 15 (2019)
    /// 1652.</summary>
    Gfn2,

    /// <summary>GFN1-xTB. S. Grimme, C. Bannwarth, P. Shushkov, J. Chem. Theory Comput. 13 (2017) 1989.</summary>
    Gfn1,
}

/// <summary>What is computed, and for which molecule.</summary>
/// <param name="Method">Of the electrons.</param>
/// <param name="AtomicNumbers">[N].</param>
/// <param name="Charge">Net, e.</param>
/// <param name="UnpairedElectrons">Alpha less beta electrons: 0 for a closed shell.</param>
public sealed record XtbSystem(XtbMethod Method, IReadOnlyList<int> AtomicNumbers, int Charge = 0, int UnpairedElectrons = 0)
{
    private const int HeaviestElement = 86;

    // our names, and xtb's where it has parameters of the implicit solvent (GBSA) for the method
    private static readonly (string Name, string? Gfn2, string? Gfn1)[] s_solvents =
    [
        ("water", "h2o", "h2o"), ("methanol", "methanol", "methanol"), ("dmso", "dmso", "dmso"), ("dmf", "dmf", null),
        ("acetonitrile", "acetonitrile", "acetonitrile"), ("acetone", "acetone", "acetone"), ("thf", "thf", "thf"),
        ("ether", "ether", "ether"), ("dichloromethane", "ch2cl2", "ch2cl2"), ("chloroform", "chcl3", "chcl3"),
        ("benzene", null, "benzene"), ("toluene", "toluene", "toluene"), ("hexane", "n-hexane", null), ("cs2", "cs2", "cs2"),
    ];

    /// <summary>An implicit solvent by name, one of <see cref="SolventsOf"/>; null for vacuum.</summary>
    public string? Solvent { get; init; }

    /// <summary>"GFN2-xTB, water".</summary>
    public string Title => (Method == XtbMethod.Gfn2 ? "GFN2-xTB" : "GFN1-xTB") + (Solvent is null ? "" : $", {Solvent}");

    /// <summary>xtb's name of the solvent; null for vacuum, and for one that it lacks.</summary>
    internal string? SolventCode => Solvent is null ? null : Code(Array.Find(s_solvents, s => s.Name == Solvent), Method);

    /// <summary>Refuses what has no ground state in this model.</summary>
    /// <exception cref="ArgumentException">No atoms, an element without parameters, electrons that cannot be paired as said, or a solvent
    /// that the method lacks; one line.</exception>
    public void ThrowIfImpossible()
    {
        if (AtomicNumbers.Count == 0)
            throw new ArgumentException($"{Title}: a molecule without atoms");
        foreach (int z in AtomicNumbers)
            if (z is < 1 or > HeaviestElement)
                throw new ArgumentException($"{Title} has no parameters for element {z}: 1 to {HeaviestElement} (H to Rn)");
        int electrons = AtomicNumbers.Sum() - Charge;
        if (UnpairedElectrons < 0 || electrons < UnpairedElectrons)
            throw new ArgumentException($"{Title}: {UnpairedElectrons} unpaired electrons of {electrons}");
        if ((electrons - UnpairedElectrons) % 2 != 0)
            throw new ArgumentException($"{Title}: {electrons} electrons (net charge {Charge:+0;-0;0}) cannot have {UnpairedElectrons} "
                + "unpaired: charge or radical electrons are not as they should be");
        if (Solvent is not null && SolventCode is null)
            throw new ArgumentException($"{(this with { Solvent = null }).Title} has no parameters for the solvent '{Solvent}': "
                + string.Join(", ", SolventsOf(Method)));
    }

    /// <summary>Names of the implicit solvents that a method has parameters for, water first.</summary>
    public static IReadOnlyList<string> SolventsOf(XtbMethod method) =>
        [.. s_solvents.Where(s => Code(s, method) is not null).Select(s => s.Name)];

    private static string? Code((string Name, string? Gfn2, string? Gfn1) solvent, XtbMethod method) =>
        method == XtbMethod.Gfn2 ? solvent.Gfn2 : solvent.Gfn1;
}
