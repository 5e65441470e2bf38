using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.InternalCoordinates;

/// <summary>
/// The bijection between Cartesian positions and bonds, angles and torsions of a <see cref="ZMatrix"/>, batched, differentiable, in float32
/// or float64.
/// <para>
/// An atom at distance b from j, at angle theta to k and torsion phi to l stands at x_j + b (cos theta v + sin theta cos phi p + sin theta
/// sin phi p x v), where v is the unit vector from j to k and p that along the part of l - k across v. These are spherical coordinates
/// about x_j in a frame that depends on atoms placed before, so the Jacobian is block triangular and ln |det dx/dq| = sum over atoms of (2
/// ln b + ln sin theta).
/// </para>
/// <para>
/// Gauge of a global matrix: the second atom adds b^2 (its direction is uniform on the sphere), the third b^2 sin theta (its azimuth is
/// uniform on the circle), with directions and azimuth as <see cref="InternalCoordinateFields.External"/>. So one formula serves both the
/// full map of 3N numbers and the 3N - 6 internal coordinates alone, and integral exp(-U) dx = V 8 pi^2 integral exp(-U(q)) |det dx/dq| dq
/// for a U that rigid motions leave unchanged. Standard frame: the first atom at the origin, the second on +z, the third in the half plane
/// y = 0, x > 0.
/// </para>
/// <para>
/// Outside the support (b not above 0, theta not inside (0, pi), u not inside (-1, 1), references in one line, not finite) the
/// log-determinant is -inf, the values are NaN, the gradient is zero, and <see cref="OutsideCount"/> grows: nothing is clamped. External
/// coordinates are undefined, and count as outside, where the first bond lies along z. Method: Parsons et al., J. Comput. Chem. 26 (2005)
/// 1063 (placement); Go and Scheraga, Macromolecules 9 (1976) 535 (determinant).
/// </para>
/// </summary>
public sealed class InternalCoordinateMap
{
    private readonly int[] _bondAtoms, _bondPartners, _angleInBonds, _angleEnds, _anglePartners, _torsionInAngles, _torsionEnds,
        _torsionPartners;
    private readonly Level[] _levels;
    private readonly long[] _atomOrder;
    private readonly bool _thirdOnFirst;
    private readonly int[] _startColumns; // second atom's bond, third atom's bond, third atom's angle
    private long _outside;

    /// <summary>Of a z-matrix.</summary>
    public InternalCoordinateMap(ZMatrix zMatrix)
    {
        ZMatrix = zMatrix;
        ZMatrixRow[] bonds = [.. zMatrix.BondRows], angles = [.. zMatrix.AngleRows], torsions = [.. zMatrix.TorsionRows];
        int Bond(ZMatrixRow row) => Array.IndexOf(bonds, row);
        int Angle(ZMatrixRow row) => Array.IndexOf(angles, row);
        (_bondAtoms, _bondPartners) = ([.. bonds.Select(r => r.Atom)], [.. bonds.Select(r => r.Bond)]);
        (_angleInBonds, _angleEnds, _anglePartners) = ([.. angles.Select(Bond)], [.. angles.Select(r => r.Angle)],
            [.. angles.Select(r => r.Bond)]);
        (_torsionInAngles, _torsionEnds, _torsionPartners) = ([.. torsions.Select(Angle)], [.. torsions.Select(r => r.Torsion)],
            [.. torsions.Select(r => r.Angle)]);
        var order = (zMatrix.IsGlobal ? zMatrix.Start : zMatrix.Core).ToList(); // atoms in the order of placement
        var levels = new List<Level>();
        foreach (int[] level in zMatrix.Levels)
        {
            ZMatrixRow[] rows = [.. level.Select(r => zMatrix.Rows[r])];
            long[] Placed(Func<ZMatrixRow, int> reference) => [.. rows.Select(r => (long)order.IndexOf(reference(r)))];
            levels.Add(new(Placed(r => r.Bond), Placed(r => r.Angle), Placed(r => r.Torsion), [.. rows.Select(r => (long)Bond(r))],
                [.. rows.Select(r => (long)Angle(r))],
                [.. rows.Select(r => (long)Array.IndexOf(torsions, r))]));
            order.AddRange(rows.Select(r => r.Atom));
        }
        _levels = [.. levels];
        _atomOrder = [.. Enumerable.Range(0, zMatrix.AtomCount).Select(a => (long)order.IndexOf(a))];
        if (zMatrix.IsGlobal)
        {
            ZMatrixRow second = zMatrix.Rows.First(r => r.Atom == zMatrix.Start[1]),
                third = zMatrix.Rows.First(r => r.Atom == zMatrix.Start[2]);
            _startColumns = [Bond(second), Bond(third), Angle(third)];
            _thirdOnFirst = third.Bond == zMatrix.Start[0];
        }
        else
            _startColumns = [];
    }

    /// <summary>Which atoms each coordinate is of.</summary>
    public ZMatrix ZMatrix { get; }

    /// <summary>Numbers of bonds, angles and torsions.</summary>
    public (int Bonds, int Angles, int Torsions) Counts => (_bondAtoms.Length, _angleEnds.Length, _torsionEnds.Length);

    /// <summary>How many samples, in all calls of either direction, were outside the support.</summary>
    public long OutsideCount => Interlocked.Read(ref _outside);

    /// <summary>Positions of internal coordinates.</summary>
    /// <param name="fields">All of one type; with a core if the matrix has one, with external coordinates or without if it is
    /// global.</param>
    /// <returns>Positions [B, 3N] nm and ln |det dx/dq| [B] (lengths in nm).</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public (Tensor Positions, Tensor LogDet) ToCartesian(InternalCoordinateFields fields)
    {
        TorchRuntime.EnsureLoaded();
        CheckShapes(fields);
        using DisposeScope scope = NewDisposeScope();
        Tensor inside = Inside(fields), keep = inside.unsqueeze(1);
        Tensor b = where(keep, fields.Bonds, ones_like(fields.Bonds)), theta = where(keep, fields.Angles, ones_like(fields.Angles)),
            phi = where(keep, fields.Torsions, zeros_like(fields.Torsions));
        Tensor sine = sin(theta), along = cos(theta);
        Tensor logDeterminant = 2 * log(b).sum(1) + log(sine).sum(1);
        Tensor placed = ZMatrix.IsGlobal ? PlaceStart(b, sine, along, fields.External is { } e ? where(keep, e, zeros_like(e)) : null)
            : Components(where(keep, fields.Core!, zeros_like(fields.Core!)));
        Tensor across = zeros_like(inside);
        foreach (Level level in _levels)
        {
            Tensor j = Take(placed, level.Bond), k = Take(placed, level.Angle), l = Take(placed, level.Torsion);
            Tensor length = Take(b, level.Bonds), s = length * Take(sine, level.Angles), turn = Take(phi, level.Torsions);
            (Tensor v, Tensor bad) = Unit(k - j);
            Tensor w = l - k;
            (Tensor p, Tensor inLine) = Unit(w - Dot(w, v) * v);
            placed = cat([placed, j + length * Take(along, level.Angles) * v + s * cos(turn) * p + s * sin(turn) * linalg.cross(p, v, 0)],
                2);
            across = across.logical_or(bad.logical_or(inLine).any(1));
        }
        inside = inside.logical_and(across.logical_not());
        Tensor x = Rows(Take(placed, _atomOrder));
        return (Mark(inside, x).MoveToOuterDisposeScope(), Outside(inside, logDeterminant).MoveToOuterDisposeScope());
    }

    /// <summary>Internal coordinates of positions.</summary>
    /// <param name="positions">[B, 3N] nm.</param>
    /// <param name="external">Whether a global matrix gives the external coordinates too.</param>
    /// <returns>The fields, and ln |det dq/dx| [B]: minus that of <see cref="ToCartesian"/>.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public (InternalCoordinateFields Fields, Tensor LogDet) ToInternal(Tensor positions, bool external = false)
    {
        TorchRuntime.EnsureLoaded();
        int atoms = ZMatrix.AtomCount;
        if (positions.dim() != 2 || positions.shape[1] != 3 * atoms)
            throw new ArgumentException($"Positions must be [B, {3 * atoms}], not [{string.Join(", ", positions.shape)}].",
                nameof(positions));
        if (external && !ZMatrix.IsGlobal)
            throw new ArgumentException("A matrix with a core has no external coordinates: the core holds them.", nameof(external));
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Components(positions), inside = isfinite(positions).all(1);
        Tensor u = Take(x, _bondPartners) - Take(x, _bondAtoms);
        Tensor uu = Square(u, ref inside);
        Tensor ua = Take(u, _angleInBonds), v = Take(x, _angleEnds) - Take(x, _anglePartners);
        Tensor vv = Square(v, ref inside);
        Tensor m = linalg.cross(ua, v, 0), mm = Square(m, ref inside); // |m| = b |v| sin theta
        Tensor mt = Take(m, _torsionInAngles), ut = Take(ua, _torsionInAngles), vt = Take(v, _torsionInAngles);
        Tensor n = linalg.cross(vt, Take(x, _torsionEnds) - Take(x, _torsionPartners), 0);
        _ = Square(n, ref inside);
        Tensor keep = inside.unsqueeze(1), one = ones_like(uu.narrow(1, 0, 1));
        // where a sample is outside, harmless numbers take its place before every root, so that its gradient is zero and not NaN
        Tensor su = where(keep, uu, one), sm = where(keep, mm, one), sv = where(keep, vv, one);
        Tensor b = sqrt(su);
        Tensor theta = atan2(sqrt(sm), where(keep, -Dot(ua, v), one));
        Tensor sine = sqrt(Take(sv, _torsionInAngles)) * Dot(ut, n), cosine = Dot(mt, n);
        Tensor phi = atan2(where(keep, sine, one), where(keep, cosine, one));
        // -(2 ln b + ln sin theta), sin theta = |m| / (b |v|)
        Tensor logDeterminant = -log(su).sum(1) - 0.5 * (log(sm) - log(sv) - log(Take(su, _angleInBonds))).sum(1);
        Tensor? core = ZMatrix.IsGlobal ? null : Rows(Take(x, [.. ZMatrix.Core]));
        Tensor? frame = null;
        if (external)
        {
            frame = External(x, keep, one);
            Tensor polar = frame.detach().select(1, 4).abs();
            inside = inside.logical_and(polar < 1);
        }
        var fields = new InternalCoordinateFields(Mark(inside, b).MoveToOuterDisposeScope(), Mark(inside, theta).MoveToOuterDisposeScope(),
            Mark(inside, phi).MoveToOuterDisposeScope(),
            core is null ? null : Mark(inside, core).MoveToOuterDisposeScope(), frame is null ? null
                : Mark(inside, frame).MoveToOuterDisposeScope());
        return (fields, Outside(inside, logDeterminant).MoveToOuterDisposeScope());
    }

    private Tensor PlaceStart(Tensor b, Tensor sine, Tensor cosine, Tensor? external)
    {
        Tensor second = b.select(1, _startColumns[0]), third = b.select(1, _startColumns[1]), zero = zeros_like(second);
        Tensor x = third * sine.select(1, _startColumns[2]), z = third * cosine.select(1, _startColumns[2]);
        Tensor at = _thirdOnFirst ? z : second - z;
        if (external is null)
            return Components(stack([zero, zero, zero, zero, zero, second, x, zero, at], 1));
        Tensor origin = external.narrow(1, 0, 3), alpha = external.select(1, 3), u = external.select(1, 4), gamma = external.select(1, 5);
        (Tensor ca, Tensor sa, Tensor cg, Tensor sg, Tensor su) = (cos(alpha), sin(alpha), cos(gamma), sin(gamma), sqrt((1 - u) * (1 + u)));
        Tensor axis = stack([su * ca, su * sa, u], 1);
        Tensor side = stack([ca * u * cg - sa * sg, sa * u * cg + ca * sg, -su * cg], 1); // where the rotation takes the x axis
        return Components(cat([origin, origin + second.unsqueeze(1) * axis, origin + x.unsqueeze(1) * side + at.unsqueeze(1) * axis], 1));
    }

    private Tensor External(Tensor x, Tensor keep, Tensor one)
    {
        Tensor Atom(int k) => x.select(2, ZMatrix.Start[k]).transpose(0, 1);
        Tensor origin = Atom(0), e = Atom(1) - origin, c = Atom(2) - origin;
        Tensor safe = where(keep, e, one), unit = safe / sqrt((safe * safe).sum(1, keepdim: true));
        (Tensor ex, Tensor ey, Tensor u) = (unit.select(1, 0), unit.select(1, 1), unit.select(1, 2));
        Tensor across = sqrt(ex * ex + ey * ey), off = (across.detach() == 0).logical_or(keep.squeeze(1).logical_not());
        Tensor one1 = one.squeeze(1), sa = where(off, one1, ey), ca = where(off, one1, ex), rho = where(off, one1, across);
        Tensor alpha = atan2(sa, ca);
        (Tensor cx, Tensor cy, Tensor cz) = (c.select(1, 0), c.select(1, 1), c.select(1, 2));
        // Ry(-beta) Rz(-alpha) c
        Tensor y = (cy * ca - cx * sa) / rho, h = u * (cx * ca + cy * sa) / rho - rho * cz;
        Tensor none = off.logical_or((y.detach() == 0).logical_and(h.detach() == 0));
        Tensor gamma = atan2(where(none, one1, y), where(none, one1, h));
        return cat([origin, stack([alpha, where(off, one1, u), gamma], 1)], 1);
    }

    private static Tensor Inside(InternalCoordinateFields fields)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor b = fields.Bonds.detach(), theta = fields.Angles.detach();
        Tensor inside = (b > 0).logical_and(isfinite(b)).all(1).logical_and(isfinite(fields.Torsions.detach()).all(1));
        inside = inside.logical_and((theta > 0).logical_and(theta < Math.PI).logical_and(sin(theta) > 0).all(1));
        if (fields.Core is { } core)
            inside = inside.logical_and(isfinite(core.detach()).all(1));
        if (fields.External is { } external)
            inside = inside.logical_and(isfinite(external.detach()).all(1)).logical_and(external.detach().select(1, 4).abs() < 1);
        return inside.MoveToOuterDisposeScope();
    }

    private void CheckShapes(InternalCoordinateFields fields)
    {
        long batch = fields.Bonds.shape[0];
        void Check(string name, Tensor? field, int columns)
        {
            if (field is null || field.dim() != 2 || field.shape[0] != batch || field.shape[1] != columns)
                throw new ArgumentException($"{name} must be [{batch}, {columns}], not {(field is null ? "absent" : $"[{string.Join(", ", field.shape)}]")}.", nameof(fields));
            if (field.dtype != fields.Bonds.dtype)
                throw new ArgumentException($"{name} are {field.dtype}, Bonds {fields.Bonds.dtype}.", nameof(fields));
        }
        Check("Bonds", fields.Bonds, Counts.Bonds);
        Check("Angles", fields.Angles, Counts.Angles);
        Check("Torsions", fields.Torsions, Counts.Torsions);
        if (!ZMatrix.IsGlobal)
            Check("Core", fields.Core, 3 * ZMatrix.Core.Count);
        else if (fields.Core is not null)
            throw new ArgumentException("A global z-matrix has no core.", nameof(fields));
        if (fields.External is not null)
            Check("External", fields.External, ZMatrix.IsGlobal ? 6 : 0);
    }

    private Tensor Outside(Tensor inside, Tensor logDeterminant)
    {
        long outside = inside.shape[0] - inside.sum().item<long>();
        if (outside > 0)
            Interlocked.Add(ref _outside, outside);
        return where(inside, logDeterminant, full_like(logDeterminant, double.NegativeInfinity));
    }

    private static Tensor Mark(Tensor inside, Tensor values) => where(inside.unsqueeze(1), values, full_like(values, double.NaN));

    /// <summary>Squared lengths [B, R] of vectors [3, B, R]; a zero among them puts the sample outside.</summary>
    private static Tensor Square(Tensor vectors, ref Tensor inside)
    {
        Tensor square = Dot(vectors, vectors);
        Tensor plain = square.detach();
        inside = inside.logical_and((plain > 0).logical_and(isfinite(plain)).all(1));
        return square;
    }

    /// <summary>Unit vectors, and where there is no direction.</summary>
    private static (Tensor Unit, Tensor None) Unit(Tensor vectors)
    {
        Tensor square = Dot(vectors, vectors), none = square.detach() <= 0;
        return (vectors * rsqrt(where(none, ones_like(square), square)), none);
    }

    /// <summary>[B, 3R] to [3, B, R]: torch adds and multiplies whole rows of x, of y and of z, which is faster than triples.</summary>
    private static Tensor Components(Tensor x) => x.reshape(x.shape[0], -1, 3).permute(2, 0, 1).contiguous();

    /// <summary>[3, B, R] to [B, 3R].</summary>
    private static Tensor Rows(Tensor x) => x.permute(1, 2, 0).reshape(x.shape[1], -1);

    private static Tensor Dot(Tensor a, Tensor b) => (a * b).sum([0L]); // a plain 0 would be taken for a type

    private static Tensor Take(Tensor values, long[] columns) => values.index_select(values.dim() - 1,
        tensor(columns, device: values.device));

    private static Tensor Take(Tensor values, int[] columns) => Take(values, Array.ConvertAll(columns, c => (long)c));

    /// <summary>References by place in the order of placement, coordinates by column.</summary>
    private sealed record Level(long[] Bond, long[] Angle, long[] Torsion, long[] Bonds, long[] Angles, long[] Torsions);
}
