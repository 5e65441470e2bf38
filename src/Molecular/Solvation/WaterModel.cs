using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Molecular.Solvation;

/// <summary>A rigid water of three sites, or of four: the negative charge then lies on the bisector, a little before the oxygen.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Title">For people.</param>
/// <param name="Sites">Charges and the oxygen's Lennard-Jones parameters.</param>
/// <param name="Bond">O-H, nm.</param>
/// <param name="Angle">H-O-H, degrees.</param>
/// <param name="ToCharge">From the oxygen to the negative charge, nm; 0 where it is the oxygen's.</param>
/// <param name="Density">Of the liquid at 300 K and 1 bar, by which boxes are filled, g/cm^3.</param>
/// <param name="Compressibility">-dV/dp/V there, 1/bar: from pressures of 216 waters 1.5 % above and below that density, within 4
/// %.</param>
public sealed record WaterModel(string Name, string Title, WaterSites Sites, double Bond, double Angle, double ToCharge, double Density,
    double Compressibility)
{
    /// <summary>Of the oxygen, Da.</summary>
    public const double OxygenMass = 15.99943;

    /// <summary>Of a hydrogen, Da.</summary>
    public const double HydrogenMass = 1.007947;

    /// <summary>W. L. Jorgensen, J. Chandrasekhar, J. D. Madura, R. W. Impey, M. L. Klein, J. Chem. Phys. 79 (1983) 926, with the
    /// Lennard-Jones parameters as Amber's files round them.</summary>
    public static WaterModel Tip3p { get; } = new("tip3p", "TIP3P", new(-0.834, 0.417, 0.315075240, 0.635968), 0.09572, 104.52, 0,
        0.985, 5.6e-5);

    /// <summary>H. J. C. Berendsen, J. R. Grigera, T. P. Straatsma, J. Phys. Chem. 91 (1987) 6269: E = (B/r)^12 - (A/r)^6 with A =
    /// 0.37122 nm (kJ/mol)^(1/6) and B = 0.3428 nm (kJ/mol)^(1/12).</summary>
    public static WaterModel SpcE { get; } = new("spce", "SPC/E", new(-0.8476, 0.4238, 0.3428 * 0.3428 / 0.37122,
        Math.Pow(0.37122 / 0.3428, 12) / 4), 0.1, 109.47, 0, 0.998, 4.6e-5);

    /// <summary>H. W. Horn, W. C. Swope, J. W. Pitera, J. D. Madura, T. J. Dick, G. L. Hura, T. Head-Gordon, J. Chem. Phys. 120 (2004)
    /// 9665.</summary>
    public static WaterModel Tip4pEw { get; } = new("tip4pew", "TIP4P-Ew", new(-2 * 0.52422, 0.52422, 0.316435, 0.16275 * 4.184), 0.09572,
        104.52, 0.0125, 0.995, 5.1e-5);

    /// <summary>S. Izadi, R. Anandakrishnan, A. V. Onufriev, J. Phys. Chem. Lett. 5 (2014) 3863, with the digits of Amber's
    /// files.</summary>
    public static WaterModel Opc { get; } = new("opc", "OPC", new(-2 * 0.679142, 0.679142, 2 * 0.1777167268 / Math.Pow(2, 1.0 / 6),
        0.2128008130 * 4.184), 0.087243313, 2 * Math.Asin(0.137120510 / (2 * 0.087243313)) * 180 / Math.PI, 0.015939833, 0.997, 4.5e-5);

    /// <summary>All.</summary>
    public static IReadOnlyList<WaterModel> All { get; } = [Tip3p, SpcE, Tip4pEw, Opc];

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

    /// <summary>Whether the negative charge has a place of its own.</summary>
    public bool HasSite => ToCharge > 0;

    /// <summary>The particles of a molecule's atoms: O, H, H.</summary>
    internal NonbondedParticle[] Particles => [new(HasSite ? 0 : Sites.NegativeCharge, Sites.Sigma, Sites.Epsilon),
        new(Sites.HydrogenCharge, 0.1, 0), new(Sites.HydrogenCharge, 0.1, 0)];

    /// <summary>The particle at the place of the negative charge.</summary>
    internal NonbondedParticle SiteParticle => new(Sites.NegativeCharge, 0.1, 0);

    /// <summary>Where the negative charge is in the water whose oxygen is an atom: on the line from O to the middle of H and H.</summary>
    internal VirtualSite SiteOf(int oxygen)
    {
        double part = ToCharge / (2 * Math.Sqrt(Bond * Bond - Across * Across / 4));
        return new(oxygen, oxygen + 1, oxygen + 2, 1 - 2 * part, part, part);
    }
}
