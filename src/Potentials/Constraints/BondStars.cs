using System.Globalization;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>
/// Bonds to hydrogen, star by star. With d_i the bonds before a step, r_i after it, w the inverse masses, the multipliers lambda solve
/// |r_i + w_i lambda_i d_i + w_0 sum_j lambda_j d_j|^2 = L_i^2: SHAKE's equations (J.-P. Ryckaert, G. Ciccotti, H. J. C. Berendsen, J.
/// Comput. Phys. 23 (1977) 327), by Newton's method with the whole matrix of a star (M-SHAKE: V. Kräutler, W. F. van Gunsteren, P. H.
/// Hünenberger, J. Comput. Chem. 22 (2001) 501), a fixed number of times: what a walker does depends on no other. The velocities'
/// equations are linear: one solution each (RATTLE: H. C. Andersen, J. Comput. Phys. 52 (1983) 24).
/// </summary>
public sealed class BondStars : LaneConstraints
{
    private const int Newton = 4; // a bond 10 % off is right to 1e-3, 1e-6, then to rounding; one more than is needed

    private readonly BondStar[] _stars;

    /// <summary>Describes them.</summary>
    /// <param name="stars">No two with an atom in common.</param>
    public BondStars(IEnumerable<BondStar> stars)
    {
        _stars = [.. stars];
        foreach (BondStar star in _stars)
            if (star.Leaves.Count is < 1 or > BondStar.MostLeaves || !(star.CentreMass > 0) || star.LeafMasses.Any(m => !(m > 0))
                || star.Lengths.Any(l => !(l > 0)))
                throw new ArgumentException($"Atom {star.Centre} with {star.Leaves.Count} atoms held to it makes no star of positive "
                    + $"masses and lengths with at most {BondStar.MostLeaves}.");
        if (_stars.SelectMany(s => s.Leaves.Append(s.Centre)).GroupBy(a => a).FirstOrDefault(g => g.Count() > 1) is { } shared)
            throw new ArgumentException($"Atom {shared.Key} belongs to two stars.");
        Count = _stars.Sum(s => s.Leaves.Count);
    }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override string Fingerprint => "bonds held: " + string.Join("; ", _stars.Select(s => string.Create(
        CultureInfo.InvariantCulture, $"{s.Centre} ({s.CentreMass:R}) to ") + string.Join(", ", s.Leaves.Select((leaf, i) => string.Create(
            CultureInfo.InvariantCulture, $"{leaf} ({s.LeafMasses[i]:R}) {s.Lengths[i]:R}")))));

    /// <inheritdoc/>
    public override double LargestError(ReadOnlySpan<double> positions)
    {
        double largest = 0;
        foreach (BondStar star in _stars)
            for (int i = 0; i < star.Leaves.Count; i++)
                largest = Math.Max(largest, Math.Abs(Length(positions, star, i) / star.Lengths[i] - 1));
        return largest;
    }

    /// <inheritdoc/>
    /// <remarks>The centre and the bonds' directions stay.</remarks>
    public override void Restore(Span<double> positions)
    {
        foreach (BondStar star in _stars)
        {
            for (int i = 0; i < star.Leaves.Count; i++)
            {
                double stretch = star.Lengths[i] / Length(positions, star, i);
                for (int d = 0; d < 3; d++)
                {
                    double centre = positions[3 * star.Centre + d];
                    ref double leaf = ref positions[3 * star.Leaves[i] + d];
                    leaf = centre + stretch * (leaf - centre);
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override unsafe void Project<T>(T* x, T* v)
    {
        const int most = BondStar.MostLeaves;
        Vec3<T>* bonds = stackalloc Vec3<T>[most];
        T* matrix = stackalloc T[most * most], right = stackalloc T[most];
        foreach (BondStar star in _stars)
        {
            int n = star.Leaves.Count;
            Vec3<T> origin = At(x + 3 * star.Centre), v0 = At(v + 3 * star.Centre);
            for (int i = 0; i < n; i++)
            {
                bonds[i] = At(x + 3 * star.Leaves[i]) - origin;
                right[i] = Vec3<T>.Dot(v0 - At(v + 3 * star.Leaves[i]), bonds[i]);
            }
            Matrix(star, bonds, bonds, matrix);
            Solve(n, matrix, right);
            Vec3<T> recoil = default;
            for (int i = 0; i < n; i++)
            {
                recoil += right[i] * bonds[i];
                T* leaf = v + 3 * star.Leaves[i];
                Put(leaf, Vec3<T>.MultiplyAdd(right[i] * (1 / star.LeafMasses[i]), bonds[i], At(leaf)));
            }
            Put(v + 3 * star.Centre, v0 - (1 / star.CentreMass) * recoil);
        }
    }

    /// <inheritdoc/>
    /// <remarks>All in the frame of the old centre, where numbers are small.</remarks>
    protected override unsafe void Settle<T>(T* old, T* x, T* v, double step)
    {
        const int most = BondStar.MostLeaves;
        Vec3<T>* before = stackalloc Vec3<T>[most], raw = stackalloc Vec3<T>[most], now = stackalloc Vec3<T>[most];
        T* matrix = stackalloc T[most * most], right = stackalloc T[most], multipliers = stackalloc T[most];
        T perStep = 1 / step;
        foreach (BondStar star in _stars)
        {
            int n = star.Leaves.Count;
            T perCentre = 1 / star.CentreMass;
            Vec3<T> origin = At(old + 3 * star.Centre), moved = At(x + 3 * star.Centre) - origin, recoil = default;
            for (int i = 0; i < n; i++)
            {
                before[i] = At(old + 3 * star.Leaves[i]) - origin;
                now[i] = raw[i] = At(x + 3 * star.Leaves[i]) - origin - moved;
                multipliers[i] = 0.0;
            }
            for (int iteration = 0; iteration < Newton; iteration++)
            {
                for (int i = 0; i < n; i++)
                    right[i] = 0.5 * (star.Lengths[i] * star.Lengths[i] - Vec3<T>.Dot(now[i], now[i]));
                Matrix(star, now, before, matrix);
                Solve(n, matrix, right);
                recoil = default;
                for (int i = 0; i < n; i++)
                {
                    multipliers[i] += right[i];
                    recoil += multipliers[i] * before[i];
                }
                for (int i = 0; i < n; i++)
                    now[i] = Vec3<T>.MultiplyAdd(multipliers[i] * (1 / star.LeafMasses[i]), before[i], raw[i]) + perCentre * recoil;
            }
            Vec3<T> centre = origin + (moved - perCentre * recoil);
            Put(x + 3 * star.Centre, centre);
            Put(v + 3 * star.Centre, At(v + 3 * star.Centre) - (perStep * perCentre) * recoil);
            for (int i = 0; i < n; i++)
            {
                T* velocity = v + 3 * star.Leaves[i];
                Put(x + 3 * star.Leaves[i], centre + now[i]);
                Put(velocity, Vec3<T>.MultiplyAdd(perStep * multipliers[i] * (1 / star.LeafMasses[i]), before[i], At(velocity)));
            }
        }
    }

    /// <summary>rows_i . columns_j (w_0 + delta_ij w_i).</summary>
    private static unsafe void Matrix<T>(BondStar star, Vec3<T>* rows, Vec3<T>* columns, T* matrix) where T : unmanaged, ILane<T>
    {
        int n = star.Leaves.Count;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                matrix[i * n + j] = (1 / star.CentreMass + (i == j ? 1 / star.LeafMasses[i] : 0)) * Vec3<T>.Dot(rows[i], columns[j]);
    }

    /// <summary>Elimination without pivots: the diagonal outweighs, since a hydrogen is lighter than what it sits on.</summary>
    private static unsafe void Solve<T>(int n, T* matrix, T* right) where T : unmanaged, ILane<T>
    {
        for (int k = 0; k < n; k++)
        {
            T pivot = T.Reciprocal(matrix[k * n + k]);
            for (int i = k + 1; i < n; i++)
            {
                T factor = pivot * matrix[i * n + k];
                for (int j = k + 1; j < n; j++)
                    matrix[i * n + j] = matrix[i * n + j] - factor * matrix[k * n + j];
                right[i] = right[i] - factor * right[k];
            }
        }
        for (int k = n - 1; k >= 0; k--)
        {
            T sum = right[k];
            for (int j = k + 1; j < n; j++)
                sum = sum - matrix[k * n + j] * right[j];
            right[k] = sum * T.Reciprocal(matrix[k * n + k]);
        }
    }

    private static double Length(ReadOnlySpan<double> x, BondStar star, int i)
    {
        int a = 3 * star.Centre, b = 3 * star.Leaves[i];
        return Math.Sqrt((x[a] - x[b]) * (x[a] - x[b]) + (x[a + 1] - x[b + 1]) * (x[a + 1] - x[b + 1])
            + (x[a + 2] - x[b + 2]) * (x[a + 2] - x[b + 2]));
    }
}
