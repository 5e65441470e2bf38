using MolSampling.Flows.InternalCoordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// A molecule whose energy is a sum over its own z-matrix: U = sum k/2 (b - b0)^2 + sum k/2 (theta - theta0)^2 + sum k (1 - cos n (phi -
/// phi0)). Its partition function modulo rigid motions is a product in closed form, Z = prod (b0^2 + s^2) s sqrt(2 pi) . prod s sqrt(2 pi)
/// exp(-s^2/2) sin theta0 . prod 2 pi exp(-kappa) I_0(kappa), s^2 = RT/k, kappa = k/RT: the check of every log-determinant.
/// </summary>
public sealed class HarmonicMolecule : Target
{
    // nine deviations away from the ends, what the integrals over the whole line add is below 1e-18
    private const double Deviations = 9;
    private const double Displacement = 0.07; // of the reference point: of bonds a part, of angles and torsions rad

    private readonly InternalCoordinateMap _map;
    private readonly (double Place, double Stiffness)[] _bonds, _angles;
    private readonly (double Place, double Height, int Fold)[] _torsions;
    private readonly ThermodynamicState _state;
    private readonly Lazy<double[]> _reference;

    /// <summary>Of a global z-matrix and one row of numbers for each of its coordinates.</summary>
    /// <param name="name">For people.</param>
    /// <param name="zMatrix">Global.</param>
    /// <param name="bonds">b0 (nm), k (kJ/mol/nm^2).</param>
    /// <param name="angles">theta0 (rad), k (kJ/mol/rad^2).</param>
    /// <param name="torsions">phi0 (rad), k (kJ/mol), n.</param>
    /// <param name="temperature">K.</param>
    /// <exception cref="ArgumentException">Another number of rows, a core, or a bond or angle so soft that it reaches the end of its range
    /// within nine deviations.</exception>
    public HarmonicMolecule(string name, ZMatrix zMatrix, IReadOnlyList<(double Place, double Stiffness)> bonds,
        IReadOnlyList<(double Place, double Stiffness)> angles,
        IReadOnlyList<(double Place, double Height, int Fold)> torsions, double temperature = 300)
    {
        (Name, _state, _map) = (name, new(temperature), new(zMatrix));
        (_bonds, _angles, _torsions) = ([.. bonds], [.. angles], [.. torsions]);
        if (!zMatrix.IsGlobal || _map.Counts != (_bonds.Length, _angles.Length, _torsions.Length))
            throw new ArgumentException($"A global z-matrix and as many rows as it has coordinates ({_map.Counts}), not {(_bonds.Length, _angles.Length, _torsions.Length)}.");
        if (_bonds.Any(b => !(b.Place >= Deviations * Deviation(b.Stiffness)))
            || _angles.Any(a => !(Math.Min(a.Place, Math.PI - a.Place) >= Deviations * Deviation(a.Stiffness)))
            || _torsions.Any(t => !(t.Height >= 0) || t.Fold < 1))
            throw new ArgumentException("Bonds and angles must be stiff enough to stay nine deviations inside their range, barriers not negative, folds positive.");
        _reference = new(Displaced);
        // U of that point needs no positions
        double u = _bonds.Sum(b => 0.5 * b.Stiffness * Displacement * b.Place * Displacement * b.Place)
            + _angles.Sum(a => 0.5 * a.Stiffness * Displacement * Displacement)
            + _torsions.Sum(t => t.Height * (1 - Math.Cos(t.Fold * Displacement)));
        ReferenceLogDensity = -u * _state.Beta;
    }

    /// <summary>A bent molecule of three atoms.</summary>
    public static HarmonicMolecule Bent() => new("harmonic-bent", new([new(0, -1), new(1, 0), new(2, 0, 1)]), [(0.1, 2e5), (0.12, 1e5)],
        [(1.9, 300)], []);

    /// <summary>A chain of four atoms with one torsion.</summary>
    public static HarmonicMolecule Chain() => new("harmonic-chain", new([new(0, -1), new(1, 0), new(2, 1, 0), new(3, 2, 1, 0)]),
        [(0.1, 2e5), (0.15, 1e5), (0.11, 1.5e5)], [(1.8, 350), (2.0, 300)], [(0.7, 4, 1)]);

    /// <summary>HO-CH3 (C 0, O 1, H 2, hydrogens 3 to 5): the hydrogens of the methyl are alike and each has a threefold barrier, so that
    /// all six labellings have one energy.</summary>
    public static HarmonicMolecule Methyl() =>
        new("harmonic-methyl", new([new(0, -1), new(1, 0), new(2, 1, 0), new(3, 0, 1, 2), new(4, 0, 1, 2), new(5, 0, 1, 2)]),
        [(0.141, 2.6e5), (0.096, 4e5), (0.109, 2.8e5), (0.109, 2.8e5), (0.109, 2.8e5)], [(1.88, 400), (1.91, 400), (1.91, 400),
            (1.91, 400)], [(Math.PI, 6, 3), (Math.PI, 6, 3), (Math.PI, 6, 3)]);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Definition =>
        $"U = sum k/2 (b - b0)^2 + sum k/2 (theta - theta0)^2 + sum k (1 - cos n (phi - phi0)); {string.Join("; ", ZMatrix.Rows)}";

    /// <summary>The coordinates that U is a sum over.</summary>
    public ZMatrix ZMatrix => _map.ZMatrix;

    /// <inheritdoc/>
    public override int Dimension => 3 * ZMatrix.AtomCount;

    /// <inheritdoc/>
    public override TargetMeasure Measure => TargetMeasure.ModuloRigidMotions;

    /// <inheritdoc/>
    public override int DegreesOfFreedom => Dimension - 6;

    /// <inheritdoc/>
    public override string Units => "nm, kJ/mol";

    /// <inheritdoc/>
    public override double? Temperature => _state.Temperature;

    /// <inheritdoc/>
    public override double? LogZ
    {
        get
        {
            double line = 0.5 * Math.Log(2 * Math.PI), sum = 0;
            foreach ((double b, double k) in _bonds)
                sum += Math.Log(b * b + _state.KT / k) + Math.Log(Deviation(k)) + line;
            foreach ((double theta, double k) in _angles)
                sum += Math.Log(Deviation(k)) + line - 0.5 * _state.KT / k + Math.Log(Math.Sin(theta));
            foreach ((_, double height, _) in _torsions)
                sum += Math.Log(2 * Math.PI) + LogScaledBessel(height / _state.KT);
            return sum;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters =>
    [
        ("bonds", [.. _bonds.SelectMany(b => new[] { b.Place, b.Stiffness })]),
            ("angles", [.. _angles.SelectMany(a => new[] { a.Place, a.Stiffness })]),
        ("torsions", [.. _torsions.SelectMany(t => new[] { t.Place, t.Height, t.Fold })]), ("R", [Potentials.Units.GasConstant]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint => _reference.Value;

    /// <inheritdoc/>
    public override double ReferenceLogDensity { get; }

    /// <summary>Exact samples in the standard frame: the second atom on +z, the third at y = 0, x &gt; 0.</summary>
    public override Tensor? Sample(int count, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] Fill<T>(T[] rows, Func<T, double> draw)
        {
            var all = new double[count * rows.Length];
            for (int k = 0; k < all.Length; k++)
                all[k] = draw(rows[k % rows.Length]);
            return all;
        }
        Tensor Table(double[] all, int columns) => tensor(all, [count, columns]);
        var q = new InternalCoordinateFields(Table(Fill(_bonds, b => DrawTilted(b.Place, b.Stiffness, x => 2 * Math.Log(x), x => 2 / x,
            random)), _bonds.Length),
            Table(Fill(_angles, a => DrawTilted(a.Place, a.Stiffness, x => Math.Log(Math.Sin(x)), x => 1 / Math.Tan(x), random)),
                _angles.Length),
            Table(Fill(_torsions, t => DrawTorsion(t, random)), _torsions.Length));
        return _map.ToCartesian(q).Positions.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        InternalCoordinateFields q = _map.ToInternal(x.to(ScalarType.Float64)).Fields;
        Tensor Row(IEnumerable<double> numbers) => tensor(numbers.ToArray(), device: x.device);
        Tensor u = (0.5 * Row(_bonds.Select(b => b.Stiffness)) * (q.Bonds - Row(_bonds.Select(b => b.Place))).square()).sum(1)
            + (0.5 * Row(_angles.Select(a => a.Stiffness)) * (q.Angles - Row(_angles.Select(a => a.Place))).square()).sum(1);
        if (_torsions.Length > 0)
            u = u + (Row(_torsions.Select(t =>
                t.Height)) * (1 - cos(Row(_torsions.Select(t => (double)t.Fold)) * (q.Torsions - Row(_torsions.Select(t =>
                t.Place)))))).sum(1);
        return (u * -_state.Beta).MoveToOuterDisposeScope();
    }

    private double[] Displaced()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor Table(IEnumerable<double> row) => tensor(row.ToArray()).unsqueeze(0);
        return _map.ToCartesian(new(Table(_bonds.Select(b => b.Place * (1 + Displacement))),
            Table(_angles.Select(a => a.Place + Displacement)), Table(_torsions.Select(t => t.Place + Displacement))))
            .Positions.data<double>().ToArray();
    }

    private double Deviation(double stiffness) => Math.Sqrt(_state.KT / stiffness);

    /// <summary>From exp(-k (x - x0)^2 / 2RT) w(x), ln w concave: its tangent at x0 shifts the Gaussian, and what the tangent gives too
    /// much is rejected.</summary>
    private double DrawTilted(double place, double stiffness, Func<double, double> logWeight, Func<double, double> slope,
        RandomSource random)
    {
        double deviation = Deviation(stiffness), tangent = slope(place), mean = place + tangent * deviation * deviation;
        while (true)
        {
            double x = mean + deviation * random.NextNormal();
            if (Math.Log(random.NextDouble()) <= logWeight(x) - logWeight(place) - tangent * (x - place))
                return x;
        }
    }

    private double DrawTorsion((double Place, double Height, int Fold) t, RandomSource random)
    {
        double turn;
        do
            turn = Math.PI * (2 * random.NextDouble() - 1);
        while (Math.Log(random.NextDouble()) > t.Height / _state.KT * (Math.Cos(turn) - 1));
        return Math.IEEERemainder(t.Place + (turn + 2 * Math.PI * random.NextInt(t.Fold)) / t.Fold, 2 * Math.PI);
    }

    /// <summary>ln of exp(-kappa) I_0(kappa), the mean of exp(kappa (cos - 1)) over the circle; the trapezoid rule is exact for it to
    /// rounding.</summary>
    private static double LogScaledBessel(double kappa)
    {
        int points = 64 + 16 * (int)Math.Ceiling(Math.Sqrt(kappa));
        return Math.Log(Enumerable.Range(0, points).Average(k => Math.Exp(kappa * (Math.Cos(2 * Math.PI * k / points) - 1))));
    }
}
