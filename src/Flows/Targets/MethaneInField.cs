using MolSampling.Potentials.Rigid;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// How one rigid methane is turned in the field of four ions, its carbon held between them at 100 K: OPLS-AA's charges (carbon -0.24 e,
/// hydrogens 0.06 e; W. L. Jorgensen, D. S. Maxwell, J. Tirado-Rives, J. Am. Chem. Soc. 118 (1996) 11225), C-H 0.109 nm. The twelve
/// rotations that exchange hydrogens leave it as it is, so every mode has twelve copies: a small density of many modes whose norm is known
/// from quadrature. Coordinates are a unit quaternion; of other numbers their direction counts.
/// </summary>
public sealed class MethaneInField : Target
{
    private const double Kelvin = 100, Bond = 0.109, CoulombConstant = Potentials.Classical.EngineParameters.CoulombConstant;
    private const double LargestLogDensity = 11.565; // found by minimisation from 60 starts, each time: 11.564048

    private static readonly double[] s_hydrogens = [1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1]; // times the bond/3^(1/2)
    private static readonly double[] s_charges = [-0.24, 0.06, 0.06, 0.06, 0.06];
    private static readonly double[] s_ions = [0.25, 0.02, 0.04, -0.10, 0.26, -0.02, -0.08, -0.18, 0.20, 0.02, -0.12, -0.26]; // nm
    private static readonly double[] s_ionCharges = [1, -1, 1, -1];

    /// <inheritdoc/>
    public override string Name => "methane-in-field";

    /// <inheritdoc/>
    public override string Definition =>
        "log density = -U/RT of the orientation q of a rigid methane in the field of four ions, U = sum K q_i Q_j/r_ij";

    /// <inheritdoc/>
    public override int Dimension => UnitQuaternion.Size;

    /// <inheritdoc/>
    public override TargetMeasure Measure => TargetMeasure.Orientations;

    /// <inheritdoc/>
    public override int DegreesOfFreedom => 3;

    /// <inheritdoc/>
    public override double? Temperature => Kelvin;

    /// <summary>By quadrature: 32 Gauss-Legendre nodes in u, 64 x 64 in the two angles (24 and 48: 4e-8 less).</summary>
    public override double? LogZ => 9.8351171686;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters { get; } =
        [("K/RT", [CoulombConstant / (Potentials.Units.GasConstant * Kelvin)]), ("bond", [Bond]), ("charges", s_charges), ("ions", s_ions),
            ("ions' charges", s_ionCharges)];

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint { get; } = [0.5, -0.5, 0.1, 0.7];

    /// <inheritdoc/>
    public override double ReferenceLogDensity => -1.5357902197514692;

    /// <summary>Where the first hydrogen is: azimuth, rad, and pi cos(polar angle), in which equal areas are equal areas of the
    /// sphere.</summary>
    /// <param name="x">[B, 4].</param>
    /// <returns>[B, 2], float64.</returns>
    public static Tensor FirstHydrogen(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor turn = UnitQuaternion.Matrix(UnitQuaternion.Normalised(x.to(ScalarType.Float64))).reshape(-1, 3, 3);
        Tensor[] d = (turn.sum(2) / Math.Sqrt(3)).unbind(1);
        return stack([atan2(d[1], d[0]), Math.PI * d[2]], 1).MoveToOuterDisposeScope();
    }

    /// <summary>By rejection from uniform orientations: one in a hundred is kept.</summary>
    /// <exception cref="InvalidOperationException">A density above what was taken for the largest: rejection is not exact.</exception>
    public override Tensor Sample(int count, RandomSource random) => Draw(count, q =>
    {
        double log;
        do
        {
            UnitQuaternion.Draw(q, random);
            log = LogDensityOf(q);
            if (log > LargestLogDensity)
                throw new InvalidOperationException($"{Name}: a log density of {log:g6} above {LargestLogDensity}.");
        }
        while (Math.Log(random.NextDouble()) > log - LargestLogDensity);
    });

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor turn = UnitQuaternion.Matrix(UnitQuaternion.Normalised(x.to(ScalarType.Float64))).reshape(-1, 3, 3);
        Tensor body = cat([zeros(1, 3, dtype: ScalarType.Float64), tensor(s_hydrogens, [4, 3]) * (Bond / Math.Sqrt(3))], 0);
        Tensor sites = body.unsqueeze(0).matmul(turn.transpose(1, 2)).unsqueeze(2), ions = tensor(s_ions, [4, 3]);
        Tensor distance = (sites - ions).square().sum(3).sqrt(), charges = outer(tensor(s_charges), tensor(s_ionCharges));
        return ((charges / distance).sum([1L, 2L]) * (-CoulombConstant
            / (Potentials.Units.GasConstant * Kelvin))).MoveToOuterDisposeScope();
    }

    private static double LogDensityOf(double[] q)
    {
        Span<double> r = stackalloc double[9], place = stackalloc double[3];
        RigidBody.Rotation(q, r);
        double sum = 0;
        for (int site = 0; site < s_charges.Length; site++)
        {
            place.Clear();
            for (int d = 0; d < 3 && site > 0; d++)
                for (int k = 0; k < 3; k++)
                    place[d] += r[3 * d + k] * s_hydrogens[3 * (site - 1) + k] * (Bond / Math.Sqrt(3));
            for (int ion = 0; ion < s_ionCharges.Length; ion++)
            {
                ReadOnlySpan<double> at = s_ions.AsSpan(3 * ion, 3);
                (double x, double y, double z) = (place[0] - at[0], place[1] - at[1], place[2] - at[2]);
                sum += s_charges[site] * s_ionCharges[ion] / Math.Sqrt(x * x + y * y + z * z);
            }
        }
        return -CoulombConstant / (Potentials.Units.GasConstant * Kelvin) * sum;
    }
}
