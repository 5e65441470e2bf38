namespace MolSampling.Potentials.Neural;

/// <summary>
/// What an ANI model is before its weights: elements, and the constants of the atomic environment vectors, in Angstrom. For atom i with
/// f_c(r; R) = (cos(pi r / R) + 1) / 2 inside of R, else 0:
/// radial, for every element e and shift s: sum_{j of e} 1/4 exp(-EtaR (r_ij - s)^2) f_c(r_ij; Rcr);
/// angular, for every pair of elements, shift a and angle z: sum_{j &lt; k} 2 [(1 + cos(th - z)) / 2]^Zeta
/// exp(-EtaA ((r_ij + r_ik) / 2 - a)^2) f_c(r_ij; Rca) f_c(r_ik; Rca), with cos th = 0.95 cos(j i k).
/// J. S. Smith, O. Isayev, A. E. Roitberg, Chem. Sci. 8 (2017) 3192; C. Devereux, J. S. Smith, K. K. Huddleston, K. Barros,
/// R. Zubatyuk, O. Isayev, A. E. Roitberg, J. Chem. Theory Comput. 16 (2020) 4192.
/// </summary>
/// <remarks>The factors 1/4, 2 and 0.95 are those of the authors' programs, NeuroChem and torchani, with which the weights were trained;
/// the papers leave them out.</remarks>
public sealed record AniModel
{
    /// <summary>kJ/mol in one hartree (CODATA 2018, E_h N_A).</summary>
    public const double KilojoulePerHartree = 2625.4996394799;

    /// <summary>Models in an ensemble as published.</summary>
    public const int PublishedMembers = 8;

    private AniModel()
    {
    }

    /// <summary>Constants of ANI-2x: H C N O S F Cl, 1008 features.</summary>
    public static AniModel TwoX { get; } = new()
    {
        Name = "ANI-2x",
        Elements = [1, 6, 7, 8, 16, 9, 17],
        RadialCutoff = 5.1,
        AngularCutoff = 3.5,
        RadialEta = 19.7,
        RadialShifts = Shifts(0.8, 0.26875, 16),
        AngularEta = 12.5,
        AngularShifts = Shifts(0.8, 0.3375, 8),
        Zeta = 14.1,
        Angles = Shifts(Math.PI / 8, Math.PI / 4, 4),
    };

    /// <summary>Constants that ANI-1x and ANI-1ccx share: H C N O, 384 features.</summary>
    public static AniModel OneX { get; } = new()
    {
        Name = "ANI-1x",
        Elements = [1, 6, 7, 8],
        RadialCutoff = 5.2,
        AngularCutoff = 3.5,
        RadialEta = 16,
        RadialShifts = Shifts(0.9, 0.26875, 16),
        AngularEta = 8,
        AngularShifts = Shifts(0.9, 0.65, 4),
        Zeta = 32,
        Angles = Shifts(Math.PI / 16, Math.PI / 8, 8),
    };

    /// <summary>For people: "ANI-2x".</summary>
    public required string Name { get; init; }

    /// <summary>[E] atomic numbers in the model's order.</summary>
    public required IReadOnlyList<int> Elements { get; init; }

    /// <summary>Rcr, Angstrom.</summary>
    public required double RadialCutoff { get; init; }

    /// <summary>Rca, Angstrom.</summary>
    public required double AngularCutoff { get; init; }

    /// <summary>EtaR, 1/Angstrom^2.</summary>
    public required double RadialEta { get; init; }

    /// <summary>ShfR, Angstrom.</summary>
    public required IReadOnlyList<double> RadialShifts { get; init; }

    /// <summary>EtaA, 1/Angstrom^2.</summary>
    public required double AngularEta { get; init; }

    /// <summary>ShfA, Angstrom.</summary>
    public required IReadOnlyList<double> AngularShifts { get; init; }

    /// <summary>Zeta.</summary>
    public required double Zeta { get; init; }

    /// <summary>ShfZ, rad.</summary>
    public required IReadOnlyList<double> Angles { get; init; }

    /// <summary>The same features for molecules of some elements only, in order of atomic number.</summary>
    /// <param name="elements">Atomic numbers.</param>
    internal AniModel Of(IEnumerable<int> elements) => this with { Elements = [.. elements.Distinct().Order()] };

    /// <summary>a of the activation celu.</summary>
    internal double Alpha { get; init; } = 0.1;

    /// <summary>The factor of the cosine: a test sets it to 1, and must fail.</summary>
    internal double CosineFactor { get; init; } = 0.95;

    /// <summary>Angular features of one pair of elements.</summary>
    internal int AngularCount => AngularShifts.Count * Angles.Count;

    /// <summary>Features of an atom: [element][shift], then [pair of elements, HH HC ... ClCl][shift, slow][angle, fast].</summary>
    public int FeatureCount => Elements.Count * RadialShifts.Count + Elements.Count * (Elements.Count + 1) / 2 * AngularCount;

    /// <summary>Symbols of <see cref="Elements"/>, as the files are named.</summary>
    public IReadOnlyList<string> Symbols => [.. Elements.Select(z => z switch
    {
        1 => "H",
        5 => "B",
        6 => "C",
        7 => "N",
        8 => "O",
        9 => "F",
        14 => "Si",
        15 => "P",
        16 => "S",
        17 => "Cl",
        35 => "Br",
        53 => "I",
        _ => $"Z={z}",
    })];

    // Single precision, as torchani holds the constants: the published energies are those.
    private static double[] Shifts(double first, double step, int count) =>
        [.. Enumerable.Range(0, count).Select(k => (double)(float)(first + k * step))];
}
