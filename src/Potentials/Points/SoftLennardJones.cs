using System.Globalization;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Potentials.Engine;

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
        if (Vector512.IsHardwareAccelerated)
            EvaluateLanes<Float512>(positions, couplings, forces, energies, coupledEnergies);
        else if (Vector256.IsHardwareAccelerated)
            EvaluateLanes<Float256>(positions, couplings, forces, energies, coupledEnergies);
        else
            EvaluateLanes<Float128>(positions, couplings, forces, energies, coupledEnergies);
    }

    private unsafe void EvaluateLanes<T>(ReadOnlySpan<float> positions, ReadOnlySpan<WellCoupling> couplings, Span<float> forces,
        Span<double> energies, Span<double> coupledEnergies) where T : unmanaged, ILane<T>
    {
        int width = BlockWidth;
        float* numbers = stackalloc float[4 * width];
        for (int lane = 0; lane < width; lane++)
        {
            WellCoupling c = couplings[lane];
            (numbers[lane], numbers[width + lane]) = ((float)c.Scale, (float)c.Softness);
            (numbers[2 * width + lane], numbers[3 * width + lane]) = ((float)c.OtherScale, (float)c.OtherSoftness);
        }
        fixed (float* x = positions, f = forces)
        fixed (double* u = energies, coupled = coupledEnergies)
            for (int lane = 0; lane < width; lane += T.Width)
            {
                T* own = (T*)(numbers + lane), soft = (T*)(numbers + width + lane), other = (T*)(numbers + 2 * width + lane),
                    otherSoft = (T*)(numbers + 3 * width + lane);
                Sum((byte*)(x + lane), (byte*)(f + lane), width * sizeof(float), *own, *soft, *other, *otherSoft, u + lane, coupled + lane);
            }
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => EvaluateDouble(positions, 1, forces);

    /// <summary>Energy and forces of one configuration in double precision.</summary>
    /// <param name="positions">[3N].</param>
    /// <param name="scale">l.</param>
    /// <param name="forces">[3N], overwritten.</param>
    public unsafe double EvaluateDouble(ReadOnlySpan<double> positions, double scale, Span<double> forces)
    {
        forces.Clear();
        WellCoupling c = WellCoupling.Usual(scale);
        double energy = 0, coupled = 0;
        fixed (double* x = positions, f = forces)
            Sum<Double64>((byte*)x, (byte*)f, sizeof(double), c.Scale, c.Softness, c.OtherScale, c.OtherSoftness, &energy, &coupled);
        return energy;
    }

    /// <summary>Adds energies and forces of a few lanes, rows a number of bytes apart. Energies are summed in the lanes' type over the
    /// partners of one point, then in double precision.</summary>
    private unsafe void Sum<T>(byte* x, byte* f, int step, T scale, T softness, T otherScale, T otherSoftness, double* energies,
        double* coupled) where T : unmanaged, ILane<T>
    {
        int size = Dimension;
        T spring = _spring, edge = _edge, perEdge = _edge > 0 ? 1 / _edge : 0;
        Well<T> pairs = _centre is null ? new(_pairs, softness, scale) : new(_pairs, otherSoftness, otherScale),
            centre = _centre is { } well ? new(well, softness, scale) : default;
        for (int i = 0; i < size; i += 3)
        {
            Vec3<T> position = LaneRows.Read<T>(x, i, step), force = -spring * position;
            Add(energies, 0.5 * spring * Vec3<T>.Dot(position, position));
            if (_centre is not null)
            {
                Vec3<T> d = Nearest(position);
                T u = centre.Energy(Vec3<T>.Dot(d, d), out T slope);
                force = Vec3<T>.MultiplyAdd(slope, d, force);
                Add(energies, u);
                Add(coupled, u);
            }
            T sum = 0.0;
            for (int j = i + 3; j < size; j += 3)
            {
                Vec3<T> d = Nearest(position - LaneRows.Read<T>(x, j, step));
                sum += pairs.Energy(Vec3<T>.Dot(d, d), out T slope);
                Vec3<T> push = slope * d;
                force += push;
                LaneRows.Write(f, j, step, LaneRows.Read<T>(f, j, step) - push);
            }
            Add(energies, sum);
            if (_centre is null)
                Add(coupled, sum);
            LaneRows.Write(f, i, step, LaneRows.Read<T>(f, i, step) + force);
        }

        Vec3<T> Nearest(Vec3<T> d) => new(Image(d.X), Image(d.Y), Image(d.Z)); // itself without a box

        T Image(T d) => T.MultiplyAdd(T.Round(d * perEdge), -edge, d);

        static void Add(double* to, T value)
        {
            for (int lane = 0; lane < T.Width; lane++)
                to[lane] += typeof(T) == typeof(Double64) ? ((double*)&value)[lane] : ((float*)&value)[lane];
        }
    }

    /// <summary>The interaction at each lane's softness and scale.</summary>
    private readonly struct Well<T>(PairWell well, T softness, T scale) where T : unmanaged, ILane<T>
    {
        private readonly T _inverse = 1 / (well.Sigma * well.Sigma), _depth = scale * (4 * well.Epsilon),
            _slope = scale * (24 * well.Epsilon / (well.Sigma * well.Sigma)), _softness = softness;

        /// <summary>The energy, and minus its derivative by the distance, over the distance: 2 du/d(r^2).</summary>
        public T Energy(T square, out T slope)
        {
            T x = T.Reciprocal(T.MultiplyAdd(square, _inverse, _softness)), x3 = x * x * x;
            slope = _slope * x * x3 * (x3 + x3 - 1.0);
            return _depth * x3 * (x3 - 1.0);
        }
    }
}
