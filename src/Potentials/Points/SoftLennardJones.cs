using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Potentials.Points;

/// <summary>A Lennard-Jones interaction, 4 epsilon (x^6 - x^3) with x = 1 / (softness + (r/sigma)^2): at softness 0 the usual one, at
/// softness 1 finite everywhere and zero where two points meet. T. C. Beutler et al., Chem. Phys. Lett. 222 (1994) 529, have the
/// idea.</summary>
/// <param name="Epsilon">Depth, kT or kJ/mol.</param>
/// <param name="Sigma">Where it is zero, nm or in the unit of length.</param>
public readonly record struct PairWell(double Epsilon, double Sigma);

/// <summary>How a walker's interactions are weighed.</summary>
/// <param name="Scale">Of the coupled part.</param>
/// <param name="Softness">Of the coupled part.</param>
/// <param name="OtherScale">Of pairs, where these are not the coupled part.</param>
/// <param name="OtherSoftness">Of these.</param>
internal readonly record struct WellCoupling(double Scale, double Softness, double OtherScale, double OtherSoftness)
{
    /// <summary>The usual path.</summary>
    public static WellCoupling Usual(double lambda) => new(lambda, 1 - lambda, 1, 0);
}

/// <summary>
/// N identical points with Lennard-Jones interactions, in a harmonic trap or in a cubic periodic box (nearest images, no cut-off), with or
/// without another kind of particle at the origin. The walker's scale l couples one of the two: U_l = trap + l u(1 - l) of it + the rest,
/// u(a) at softness a, the usual path of alchemical windows; at l = 0 it is not there, at l = 1 it is the plain interaction.
/// </summary>
public sealed class SoftLennardJones : Potential
{
    private readonly double _edge, _spring;
    private readonly PairWell _pairs;
    private readonly PairWell? _centre;

    /// <summary>Of points.</summary>
    /// <param name="name">For people.</param>
    /// <param name="points">N.</param>
    /// <param name="pairs">Between them; coupled by the scale unless there is a centre.</param>
    /// <param name="centre">Of every point with the particle at the origin, coupled by the scale; null for none.</param>
    /// <param name="edge">Of the periodic box; 0 for open space.</param>
    /// <param name="spring">k of the trap k/2 sum |x|^2.</param>
    /// <exception cref="ArgumentException">Neither box nor trap: nothing would hold the points together; or fewer than two.</exception>
    public SoftLennardJones(string name, int points, PairWell pairs, PairWell? centre = null, double edge = 0, double spring = 0)
    {
        if (points < 2 || edge < 0 || spring < 0 || (edge == 0) == (spring == 0))
            throw new ArgumentException($"{name}: two points at least, and either a box or a trap.");
        (Name, _pairs, _centre, _edge, _spring) = (name, pairs, centre, edge, spring);
        Masses = [.. Enumerable.Repeat(1.0, points)];
        string text = string.Create(CultureInfo.InvariantCulture, $"soft Lennard-Jones {points} {pairs} {centre} {edge:R} {spring:R}");
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount => Masses.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int BlockWidth => 16;

    /// <summary>A trap or a particle at the origin knows where the points are; box and identical points alone do not.</summary>
    public override bool IsTranslationInvariant => _spring == 0 && _centre is null;

    /// <inheritdoc/>
    public override bool IsScaled => true;

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        Span<double> ones = stackalloc double[BlockWidth], coupled = stackalloc double[BlockWidth];
        ones.Fill(1);
        EvaluateScaledBlock(positions, ones, forces, energies, coupled);
    }

    /// <summary>As in the summary of the class; energies of the coupled part, scaled, are in
    /// <paramref name="scaledEnergies"/>.</summary>
    public override void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies, Span<double> scaledEnergies)
    {
        Span<WellCoupling> couplings = stackalloc WellCoupling[BlockWidth];
        for (int lane = 0; lane < BlockWidth; lane++)
            couplings[lane] = WellCoupling.Usual(scales[lane]);
        EvaluateCoupled(positions, couplings, forces, energies, scaledEnergies);
    }

    /// <summary>The same with any scales and softnesses.</summary>
    /// <param name="positions">[D, W].</param>
    /// <param name="couplings">[W].</param>
    /// <param name="forces">[D, W], overwritten.</param>
    /// <param name="energies">[W], overwritten.</param>
    /// <param name="coupledEnergies">[W] of the coupled part, overwritten.</param>
    internal void EvaluateCoupled(ReadOnlySpan<float> positions, ReadOnlySpan<WellCoupling> couplings, Span<float> forces,
        Span<double> energies, Span<double> coupledEnergies)
    {
        forces.Clear();
        energies.Clear();
        coupledEnergies.Clear();
        for (int lane = 0; lane < BlockWidth; lane += Vector<float>.Count)
            Sum<float>(positions, couplings, forces, energies, coupledEnergies, BlockWidth, lane);
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => EvaluateDouble(positions, 1, forces);

    /// <summary>Energy and forces of one configuration in double precision.</summary>
    /// <param name="positions">[3N].</param>
    /// <param name="scale">l.</param>
    /// <param name="forces">[3N], overwritten.</param>
    public double EvaluateDouble(ReadOnlySpan<double> positions, double scale, Span<double> forces)
    {
        int width = Vector<double>.Count; // the same sum, with one walker in every lane
        double[] x = new double[positions.Length * width], f = new double[x.Length], energies = new double[width],
            coupled = new double[width];
        for (int k = 0; k < x.Length; k++)
            x[k] = positions[k / width];
        var couplings = new WellCoupling[width];
        Array.Fill(couplings, WellCoupling.Usual(scale));
        Sum<double>(x, couplings, f, energies, coupled, width, 0);
        for (int k = 0; k < forces.Length; k++)
            forces[k] = f[k * width];
        return energies[0];
    }

    /// <summary>Adds energies and forces of the walkers in one vector of lanes. Energies are summed in the lanes' type over the partners of
    /// one point, then in double precision.</summary>
    private void Sum<T>(ReadOnlySpan<T> positions, ReadOnlySpan<WellCoupling> couplings, Span<T> forces, Span<double> energies,
        Span<double> coupled, int width, int lane) where T : unmanaged, IFloatingPoint<T>
    {
        int points = AtomCount;
        var box = new Box<T>(_edge);
        Span<T> numbers = stackalloc T[4 * Vector<T>.Count];
        for (int k = 0; k < Vector<T>.Count; k++)
        {
            WellCoupling c = couplings[lane + k];
            numbers[k] = T.CreateTruncating(c.Scale);
            numbers[Vector<T>.Count + k] = T.CreateTruncating(c.Softness);
            numbers[2 * Vector<T>.Count + k] = T.CreateTruncating(c.OtherScale);
            numbers[3 * Vector<T>.Count + k] = T.CreateTruncating(c.OtherSoftness);
        }
        Vector<T> scale = new(numbers), soft = new(numbers[Vector<T>.Count..]), spring = Number<T>(_spring);
        var pairs = _centre is null ? new Well<T>(_pairs, soft, scale)
            : new Well<T>(_pairs, new(numbers[(3 * Vector<T>.Count)..]), new(numbers[(2 * Vector<T>.Count)..]));
        Well<T> centre = _centre is { } well ? new(well, soft, scale) : default;
        for (int i = 0; i < points; i++)
        {
            int at = 3 * i * width + lane;
            Vector<T> xi = new(positions[at..]), yi = new(positions[(at + width)..]), zi = new(positions[(at + 2 * width)..]);
            Vector<T> fx = -spring * xi, fy = -spring * yi, fz = -spring * zi, u = Vector<T>.Zero;
            Add(energies[lane..], Number<T>(0.5) * spring * (xi * xi + yi * yi + zi * zi));
            if (_centre is not null)
            {
                Vector<T> cx = box.Nearest(xi), cy = box.Nearest(yi), cz = box.Nearest(zi);
                u = centre.Energy(cx * cx + cy * cy + cz * cz, out Vector<T> slope);
                (fx, fy, fz) = (fx + slope * cx, fy + slope * cy, fz + slope * cz);
                Add(energies[lane..], u);
                Add(coupled[lane..], u);
                u = Vector<T>.Zero;
            }
            for (int j = i + 1; j < points; j++)
            {
                int other = 3 * j * width + lane;
                Vector<T> dx = box.Nearest(xi - new Vector<T>(positions[other..])), dy =
                    box.Nearest(yi - new Vector<T>(positions[(other + width)..])), dz =
                    box.Nearest(zi - new Vector<T>(positions[(other + 2 * width)..]));
                u += pairs.Energy(dx * dx + dy * dy + dz * dz, out Vector<T> slope);
                (dx, dy, dz) = (slope * dx, slope * dy, slope * dz);
                (fx, fy, fz) = (fx + dx, fy + dy, fz + dz);
                Subtract(forces[other..], dx);
                Subtract(forces[(other + width)..], dy);
                Subtract(forces[(other + 2 * width)..], dz);
            }
            Add(energies[lane..], u);
            if (_centre is null)
                Add(coupled[lane..], u);
            Subtract(forces[at..], -fx);
            Subtract(forces[(at + width)..], -fy);
            Subtract(forces[(at + 2 * width)..], -fz);
        }
    }

    private static Vector<T> Number<T>(double value) where T : unmanaged, IFloatingPoint<T> => new(T.CreateTruncating(value));

    private static void Subtract<T>(Span<T> from, Vector<T> value) where T : unmanaged => (new Vector<T>(from) - value).CopyTo(from);

    private static void Add<T>(Span<double> to, Vector<T> value) where T : unmanaged, IFloatingPoint<T>
    {
        for (int k = 0; k < Vector<T>.Count; k++)
            to[k] += double.CreateTruncating(value[k]);
    }

    /// <summary>Nearest images in a cubic box, or none.</summary>
    private readonly struct Box<T>(double edge) where T : unmanaged, IFloatingPoint<T>
    {
        private readonly Vector<T> _edge = Number<T>(edge), _inverse = Number<T>(edge > 0 ? 1 / edge : 0);

        public Vector<T> Nearest(Vector<T> d) => d - _edge * (typeof(T) == typeof(float)
            ? Vector.Round((d * _inverse).As<T, float>()).As<float, T>() : Vector.Round((d * _inverse).As<T, double>()).As<double, T>());
    }

    /// <summary>The interaction at each lane's softness and scale.</summary>
    private readonly struct Well<T>(PairWell well, Vector<T> softness, Vector<T> scale) where T : unmanaged, IFloatingPoint<T>
    {
        private readonly Vector<T> _inverse = Number<T>(1 / (well.Sigma * well.Sigma)), _depth = scale * Number<T>(4 * well.Epsilon),
            _slope = scale * Number<T>(24 * well.Epsilon / (well.Sigma * well.Sigma)), _softness = softness;

        /// <summary>The energy, and minus its derivative by the distance, over the distance: 2 du/d(r^2).</summary>
        public Vector<T> Energy(Vector<T> square, out Vector<T> slope)
        {
            Vector<T> x = Vector<T>.One / (_softness + square * _inverse), x3 = x * x * x;
            slope = _slope * x * x3 * (x3 + x3 - Vector<T>.One);
            return _depth * x3 * (x3 - Vector<T>.One);
        }
    }
}
