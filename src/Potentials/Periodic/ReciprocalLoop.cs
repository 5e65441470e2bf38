using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>The loop of <see cref="ReciprocalTable"/>. Charges come in tiles whose functions of one dimension lie in the first-level cache;
/// the sums of one (n_x, n_y) share the products of x and y.</summary>
internal readonly unsafe struct ReciprocalLoop : ITableLoop
{
    /// <summary>Charges of a tile.</summary>
    public const int Tile = 12;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining, Stage = MethodImplOptions.NoInlining;
    private const int PerSite = 6, PerWave = 8, FirstSlope = 3, FirstPlane = 2;

    /// <summary>Where the sites' charges begin; the waves' weights follow them.</summary>
    public const int FirstCharge = 6;

    /// <summary>Coefficients of a wave's weight.</summary>
    public const int PerWeight = 11;

    public static int EnergyCount => 1;

    /// <summary>Work space.</summary>
    public static int ScratchLanes(int sites, int waves, int along) => PerSite * sites + PerWave * waves + Tile * (8 * (along + 1) + 10);

    public void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        int sites = table.Shape.Count, waves = table.Shape.Stride, along = table.Shape.Split, atoms = table.Index[0], solute =
            table.Index[1];
        T scale = block.Coupling.Charges; // of the solute
        T* phases = block.Scratch, sums = phases + PerSite * sites, tile = sums + PerWave * waves;
        Phases(table.Parameters, block.Stretch.Inverse, block.Positions, phases, atoms, sites);
        for (int n = 0; n < PerWave * waves; n++)
            sums[n] = 0.0;
        for (int site = 0; site < sites; site += Tile)
            Add(table, along, phases + PerSite * site, T.Row(table.Parameters, FirstCharge + site), solute - site, scale, sums, tile);
        energies[0] = Weigh(T.Row(table.Parameters, FirstCharge + sites), block.Stretch.Inverse, waves, sums);
        for (int site = 0; site < atoms; site += Tile)
            Push(table, block.Stretch.Inverse, along, phases + PerSite * site, T.Row(table.Parameters, FirstCharge + site), solute - site,
                scale, sums, tile, block.Forces + 3 * site, Math.Min(Tile, atoms - site));
    }

    /// <summary>sin and cos of 2 pi x/L of each coordinate, with 1/L of each axis.</summary>
    [MethodImpl(Stage)]
    private static void Phases<T>(byte* perEdge, T inverse, T* positions, T* phases, int atoms, int sites) where T : unmanaged, ILane<T>
    {
        for (int d = 0; d < 3; d++)
        {
            T factor = T.Broadcast(perEdge, d) * inverse;
            for (int n = d; n < 3 * atoms; n += 3)
            {
                T turns = positions[n] * factor;
                T.SinCosOfTurns(turns - T.Round(turns), out phases[2 * n], out phases[2 * n + 1]);
            }
        }
        for (int n = 6 * atoms; n < 6 * sites; n++)
            phases[n] = 0.0;
    }

    /// <summary>Functions of one dimension for a tile, [n][cos, sin][site]: by the addition theorem.</summary>
    private static void Functions<T>(T* phases, byte* charges, int solute, T scale, int along, T* x, T* y, T* z) where T : unmanaged,
        ILane<T>
    {
        for (int a = 0; a < Tile; a++)
        {
            T charge = charges is null ? 1.0 : Charge(charges, a, solute, scale);
            Functions(phases + PerSite * a, along, x + a, charge);
            Functions(phases + PerSite * a + 2, along, y + a, 1.0);
            Functions(phases + PerSite * a + 4, along, z + a, 1.0);
        }
    }

    /// <summary>Of a site of the tile; those of a solute, the first ones, are scaled.</summary>
    [MethodImpl(Inline)]
    private static T Charge<T>(byte* charges, int a, int solute, T scale) where T : unmanaged, ILane<T> =>
        a < solute ? scale * T.Broadcast(charges, a) : T.Broadcast(charges, a);

    [MethodImpl(Inline)]
    private static void Functions<T>(T* phase, int along, T* to, T factor) where T : unmanaged, ILane<T>
    {
        T s1 = phase[0], c1 = phase[1], c = factor, s = 0.0;
        (to[0], to[Tile]) = (c, s);
        for (int n = 1; n <= along; n++)
        {
            (c, s) = (T.MultiplySubtract(c, c1, s * s1), T.MultiplyAdd(s, c1, c * s1));
            (to[2 * n * Tile], to[(2 * n + 1) * Tile]) = (c, s);
        }
    }

    /// <summary>Adds a tile to the sums.</summary>
    [MethodImpl(Stage)]
    private static void Add<T>(TableData table, int along, T* phases, byte* charges, int solute, T scale, T* sums, T* tile)
        where T : unmanaged, ILane<T>
    {
        T* x = tile, y = x + 2 * (along + 1) * Tile, z = y + 2 * (along + 1) * Tile, products = z + 4 * (along + 1) * Tile;
        Functions(phases, charges, solute, scale, along, x, y, z);
        for (int nx = 0; nx <= along; nx++)
        {
            for (int ny = 0; ny <= along; ny++)
            {
                int* at = table.Index + FirstPlane + 2 * (nx * (along + 1) + ny);
                int last = at[0];
                if (last < 0)
                    break;
                T* xs = x + 2 * nx * Tile, ys = y + 2 * ny * Tile;
                for (int a = 0; a < Tile; a++)
                {
                    T cx = xs[a], sx = xs[Tile + a], cy = ys[a], sy = ys[Tile + a];
                    T* p = products + 4 * a;
                    (p[0], p[1], p[2], p[3]) = (cx * cy, cx * sy, sx * cy, sx * sy);
                }
                for (int nz = 0; nz <= last; nz++)
                    Sum(sums + PerWave * (at[1] + nz), products, z + 2 * nz * Tile);
            }
        }
    }

    /// <summary>The eight sums of a wave: products of x and y with cos and sin of z.</summary>
    [MethodImpl(Stage)]
    private static void Sum<T>(T* sums, T* products, T* z) where T : unmanaged, ILane<T>
    {
        T a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3], a4 = sums[4], a5 = sums[5], a6 = sums[6], a7 = sums[7];
        for (int a = 0; a < Tile; a++)
        {
            T c = z[a], s = z[Tile + a], p = products[4 * a];
            a0 = T.MultiplyAdd(p, c, a0);
            a1 = T.MultiplyAdd(p, s, a1);
            p = products[4 * a + 1];
            a2 = T.MultiplyAdd(p, c, a2);
            a3 = T.MultiplyAdd(p, s, a3);
            p = products[4 * a + 2];
            a4 = T.MultiplyAdd(p, c, a4);
            a5 = T.MultiplyAdd(p, s, a5);
            p = products[4 * a + 3];
            a6 = T.MultiplyAdd(p, c, a6);
            a7 = T.MultiplyAdd(p, s, a7);
        }
        (sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]) = (a0, a1, a2, a3, a4, a5, a6, a7);
    }

    /// <summary>The energy; sums become its slopes, w C. What rounding leaves of the sum is carried on (Kahan).</summary>
    [MethodImpl(Stage)]
    private static T Weigh<T>(byte* weights, T inverse, int waves, T* sums) where T : unmanaged, ILane<T>
    {
        T energy = 0.0, lost = 0.0, x = T.MultiplySubtract(inverse, inverse, 1.0);
        for (int n = 0; n < waves; n++)
        {
            T weight = T.Broadcast(weights, PerWeight * n + PerWeight - 1), square = 0.0;
            for (int k = PerWeight - 2; k >= 0; k--)
                weight = T.MultiplyAdd(weight, x, T.Broadcast(weights, PerWeight * n + k));
            weight *= inverse;
            for (int k = 0; k < PerWave; k++)
            {
                T sum = sums[PerWave * n + k], slope = weight * sum;
                square = T.MultiplyAdd(sum, slope, square);
                sums[PerWave * n + k] = slope;
            }
            T next = square - lost, total = energy + next;
            lost = total - energy - next;
            energy = total;
        }
        return 0.5 * energy;
    }

    /// <summary>Forces on a tile: -q dE/dx with the slopes contracted over z, then y, then x.</summary>
    [MethodImpl(Stage)]
    private static void Push<T>(TableData table, T inverse, int along, T* phases, byte* charges, int solute, T scale, T* slopes, T* tile,
        T* forces, int atoms)
        where T : unmanaged, ILane<T>
    {
        T* x = tile, y = x + 2 * (along + 1) * Tile, z = y + 2 * (along + 1) * Tile, turned = z + 2 * (along + 1) * Tile;
        T* plane = turned + 2 * (along + 1) * Tile, sum = plane + 6 * Tile;
        Functions(phases, null, 0, scale, along, x, y, z);
        for (int n = 0; n <= along; n++)
        {
            T factor = (double)n; // of df/dz
            for (int a = 0; a < Tile; a++)
                (turned[2 * n * Tile + a], turned[(2 * n + 1) * Tile + a]) = (-factor * z[(2 * n + 1) * Tile + a], factor * z[2 * n * Tile
                    + a]);
        }
        for (int k = 0; k < 3 * Tile; k++)
            sum[k] = 0.0;
        for (int nx = 0; nx <= along; nx++)
        {
            for (int k = 0; k < 6 * Tile; k++)
                plane[k] = 0.0;
            for (int ny = 0; ny <= along; ny++)
            {
                int* at = table.Index + FirstPlane + 2 * (nx * (along + 1) + ny);
                if (at[0] < 0)
                    break;
                Contract(slopes + PerWave * at[1], at[0], z, turned, y + 2 * ny * Tile, (double)ny, plane);
            }
            T factor = (double)nx;
            for (int a = 0; a < Tile; a++)
            {
                T c = x[2 * nx * Tile + a], s = x[(2 * nx + 1) * Tile + a];
                T* p = plane + 6 * a;
                sum[3 * a] = T.MultiplyAdd(factor, T.MultiplySubtract(c, p[1], s * p[0]), sum[3 * a]);
                sum[3 * a + 1] = T.MultiplyAdd(c, p[2], T.MultiplyAdd(s, p[3], sum[3 * a + 1]));
                sum[3 * a + 2] = T.MultiplyAdd(c, p[4], T.MultiplyAdd(s, p[5], sum[3 * a + 2]));
            }
        }
        for (int a = 0; a < atoms; a++)
        {
            T charge = Charge(charges, a, solute, scale) * inverse;
            for (int d = 0; d < 3; d++)
                forces[3 * a + d] = T.MultiplyAdd(charge * T.Broadcast(table.Parameters, FirstSlope + d), sum[3 * a + d],
                    forces[3 * a + d]);
        }
    }

    /// <summary>Contracts the slopes of one (n_x, n_y) over z, with and without d/dz, then over y, with and without d/dy: for cos and sin
    /// of x each.</summary>
    [MethodImpl(Stage)]
    private static void Contract<T>(T* slopes, int last, T* z, T* turned, T* y, T ny, T* plane) where T : unmanaged, ILane<T>
    {
        for (int a = 0; a < Tile; a++)
        {
            T h0 = slopes[0], h1 = slopes[2], h2 = slopes[4], h3 = slopes[6], d0 = 0.0, d1 = 0.0, d2 = 0.0, d3 = 0.0;
            T* g = slopes + PerWave, f = z + 2 * Tile + a, d = turned + 2 * Tile + a;
            for (int nz = 1; nz <= last; nz++, g += PerWave, f += 2 * Tile, d += 2 * Tile)
            {
                T c = f[0], s = f[Tile], dc = d[0], ds = d[Tile], gc = g[0], gs = g[1];
                h0 = T.MultiplyAdd(gs, s, T.MultiplyAdd(gc, c, h0));
                d0 = T.MultiplyAdd(gs, ds, T.MultiplyAdd(gc, dc, d0));
                gc = g[2];
                gs = g[3];
                h1 = T.MultiplyAdd(gs, s, T.MultiplyAdd(gc, c, h1));
                d1 = T.MultiplyAdd(gs, ds, T.MultiplyAdd(gc, dc, d1));
                gc = g[4];
                gs = g[5];
                h2 = T.MultiplyAdd(gs, s, T.MultiplyAdd(gc, c, h2));
                d2 = T.MultiplyAdd(gs, ds, T.MultiplyAdd(gc, dc, d2));
                gc = g[6];
                gs = g[7];
                h3 = T.MultiplyAdd(gs, s, T.MultiplyAdd(gc, c, h3));
                d3 = T.MultiplyAdd(gs, ds, T.MultiplyAdd(gc, dc, d3));
            }
            T cy = y[a], sy = y[Tile + a], kc = ny * cy, ks = ny * sy;
            T* p = plane + 6 * a;
            p[0] = T.MultiplyAdd(cy, h0, T.MultiplyAdd(sy, h1, p[0]));
            p[1] = T.MultiplyAdd(cy, h2, T.MultiplyAdd(sy, h3, p[1]));
            p[2] = T.MultiplyAdd(kc, h1, p[2] - ks * h0);
            p[3] = T.MultiplyAdd(kc, h3, p[3] - ks * h2);
            p[4] = T.MultiplyAdd(cy, d0, T.MultiplyAdd(sy, d1, p[4]));
            p[5] = T.MultiplyAdd(cy, d2, T.MultiplyAdd(sy, d3, p[5]));
        }
    }
}
