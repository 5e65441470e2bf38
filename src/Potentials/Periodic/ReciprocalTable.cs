using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>
/// The part of Ewald's sum over waves, of all charges in a rectangular box:
/// E = 1/2 sum_n w_n sum_abc C_nabc^2, C_nabc = sum_j q_j f_a(n_x x_j) f_b(n_y y_j) f_c(n_z z_j), f = cos or sin of 2 pi n x/L,
/// over the octant n of whole numbers, w_n = K 4 pi/V 2^(nonzero n) T(k)/k^2, k = 2 pi (n_x/L_x, n_y/L_y, n_z/L_z). Products of
/// one-dimensional functions take a third of the operations of sums over half of all waves. Self-energy and the background of a net charge
/// are constants. A walker whose box has another size has the same waves n and other weights: w_n = s^-1 times a polynomial of s^-2 - 1 for
/// an edge s L, so the energy is a smooth function of the volume.
/// </summary>
public sealed class ReciprocalTable : TermTable
{
    private readonly int _waves, _along, _sites;

    private ReciprocalTable(int[] atoms, double[] parameters, int[] index, int waves, int along, int sites, int solute, double constant,
        double perVolume)
        : base(solute > 0 ? "waves with a solute" : "waves", 1, atoms, parameters, index, new(sites, waves, along),
            default(ReciprocalLoop)) =>
        (_waves, _along, _sites, Constants, PerVolume, Coupling) = (waves, along, sites, [constant], perVolume,
            solute > 0 ? CouplingDependence.SquareOfCharges : CouplingDependence.None);

    /// <summary>Makes the table.</summary>
    /// <param name="charges">[N] e, of all atoms of the system.</param>
    /// <param name="split">Of Coulomb's law.</param>
    /// <param name="box">Its edges, nm.</param>
    /// <param name="solute">Atoms, the first ones, whose charges are scaled by each walker's own factor; what is constant of them is
    /// <see cref="SoluteExclusionTable"/>'s.</param>
    public static ReciprocalTable Create(IReadOnlyList<double> charges, EwaldSplit split, RectangularBox box, int solute = 0)
    {
        double unitX = 2 * Math.PI / box.X, unitY = 2 * Math.PI / box.Y, unitZ = 2 * Math.PI / box.Z, volume = box.Volume;
        double largest = split.LargestWave;
        int along = (int)Math.Floor(largest / Math.Min(unitX, Math.Min(unitY, unitZ)));
        int sites = (charges.Count + ReciprocalLoop.Tile - 1) / ReciprocalLoop.Tile * ReciprocalLoop.Tile;
        var weights = new List<double>();
        int[] index = new int[2 * (along + 1) * (along + 1)]; // how far z goes, and where it begins
        for (int x = 0; x <= along; x++)
        {
            for (int y = 0; y <= along; y++)
            {
                double plane = unitX * x * unitX * x + unitY * y * unitY * y, left = largest * largest - plane;
                (int last, int at) = (left < 0 ? -1 : (int)(Math.Sqrt(left) / unitZ), 2 * (x * (along + 1) + y));
                (index[at], index[at + 1]) = (last, weights.Count / ReciprocalLoop.PerWeight);
                for (int z = 0; z <= last; z++)
                {
                    double square = plane + unitZ * z * unitZ * z;
                    int images = (x > 0 ? 2 : 1) * (y > 0 ? 2 : 1) * (z > 0 ? 2 : 1);
                    double factor = square == 0 ? 0 : EngineParameters.CoulombConstant * 4 * Math.PI / volume * images;
                    weights.AddRange(split.TransformInBoxes(Math.Sqrt(square), ReciprocalLoop.PerWeight - 1).Select(c =>
                        square == 0 ? 0 : factor * c / square));
                }
            }
        }
        double constant = Constant([.. charges.Skip(solute)], split, volume);
        if (solute > 0 && Math.Abs(charges.Skip(solute).Sum()) > 1e-6)
            throw new ArgumentException("The surroundings of a solute that is scaled must be neutral.");
        return new([.. Enumerable.Range(0, charges.Count)],
            [1 / box.X, 1 / box.Y, 1 / box.Z, -unitX, -unitY, -unitZ, .. charges, .. Enumerable.Repeat(0.0, sites - charges.Count),
                .. weights],
            [charges.Count, solute, .. index], weights.Count / ReciprocalLoop.PerWeight, along, sites, solute, constant,
            constant - SelfEnergy(charges.Skip(solute), split));
    }

    /// <summary>The self-energy, and the background of a net charge, kJ/mol.</summary>
    internal static double Constant(IReadOnlyList<double> charges, EwaldSplit split, double volume)
    {
        double net = charges.Sum();
        return -0.5 * EngineParameters.CoulombConstant * (split.Bell(0) * charges.Sum(q => q * q)
            + 4 * Math.PI / volume * split.Curvature * net * net);
    }

    private static double SelfEnergy(IEnumerable<double> charges, EwaldSplit split) =>
        -0.5 * EngineParameters.CoulombConstant * split.Bell(0) * charges.Sum(q => q * q);

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = ["Coulomb (waves)"];

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => true;

    internal override CouplingDependence Coupling { get; }

    internal override IReadOnlyList<double> Constants { get; }

    /// <summary>Without what the weights are in boxes of another size.</summary>
    internal override IEnumerable<double> Identity => Parameters.Where((_, n) =>
        n < ReciprocalLoop.FirstCharge + _sites || (n - ReciprocalLoop.FirstCharge - _sites) % ReciprocalLoop.PerWeight == 0);

    internal override double PerVolume { get; }

    internal override bool HeedsStretch => true;

    internal override int ScratchLanes => ReciprocalLoop.ScratchLanes(_sites, _waves, _along);
}
