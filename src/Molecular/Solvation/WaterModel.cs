using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Molecular.Solvation;

/// <summary>A rigid water of three sites.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Title">For people.</param>
/// <param name="Sites">Charges and the oxygen's Lennard-Jones parameters.</param>
/// <param name="Bond">O-H, nm.</param>
/// <param name="Angle">H-O-H, degrees.</param>
/// <param name="Density">Of the liquid at 300 K and 1 bar, by which boxes are filled, g/cm^3.</param>
/// <param name="Compressibility">-dV/dp/V there, 1/bar: from pressures of 216 waters 1.5 % above and below that density, within 4
/// %.</param>
public sealed record WaterModel(string Name, string Title, WaterSites Sites, double Bond, double Angle, double Density,
    double Compressibility)
{
    /// <summary>Of the oxygen, Da.</summary>
    public const double OxygenMass = 15.99943;

    /// <summary>Of a hydrogen, Da.</summary>
    public const double HydrogenMass = 1.007947;

    /// <summary>W. L. Jorgensen, J. Chandrasekhar, J. D. Madura, R. W. Impey, M. L. Klein, J. Chem. Phys. 79 (1983) 926, with the
    /// Lennard-Jones parameters as Amber's files round them.</summary>
    public static WaterModel Tip3p { get; } = new("tip3p", "TIP3P", new(-0.834, 0.417, 0.315075240, 0.635968), 0.09572, 104.52,
        0.985, 5.6e-5);

    /// <summary>H. J. C. Berendsen, J. R. Grigera, T. P. Straatsma, J. Phys. Chem. 91 (1987) 6269: E = (B/r)^12 - (A/r)^6 with A =
    /// 0.37122 nm (kJ/mol)^(1/6) and B = 0.3428 nm (kJ/mol)^(1/12).</summary>
    public static WaterModel SpcE { get; } = new("spce", "SPC/E", new(-0.8476, 0.4238, 0.3428 * 0.3428 / 0.37122,
        Math.Pow(0.37122 / 0.3428, 12) / 4), 0.1, 109.47, 0.998, 4.6e-5);

    /// <summary>All.</summary>
    public static IReadOnlyList<WaterModel> All { get; } = [Tip3p, SpcE];

    /// <summary>By name.</summary>
    /// <exception cref="ArgumentException">No such model; the message lists them.</exception>
    public static WaterModel Named(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new ArgumentException($"There is no water model '{name}': {string.Join(", ", All.Select(m => m.Name))}.");

    /// <summary>Mass of a molecule, Da.</summary>
    public static double Mass => OxygenMass + 2 * HydrogenMass;

    /// <summary>H-H, nm.</summary>
    public double Across => 2 * Bond * Math.Sin(Angle / 2 * Math.PI / 180);

    /// <summary>Volume of a molecule in the liquid, nm^3.</summary>
    public double Volume => Mass / (Density * AvogadroGramPerCubicNanometre);

    private const double AvogadroGramPerCubicNanometre = 602.214076; // Da/nm^3 of 1 g/cm^3

    /// <summary>The particles of a molecule: O, H, H.</summary>
    internal NonbondedParticle[] Particles => [new(Sites.OxygenCharge, Sites.Sigma, Sites.Epsilon), new(Sites.HydrogenCharge, 0.1, 0),
        new(Sites.HydrogenCharge, 0.1, 0)];
}
