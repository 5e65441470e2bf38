using MolSampling.Flows.InternalCoordinates;
using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// A molecule in internal coordinates q = [bonds | angles | torsions] (nm, rad) of a global z-matrix: log density = log p(x(q)) + ln |det
/// dx/dq|, with p a target that rigid motions leave unchanged. So log Z, the integral over q, is that of
/// <see cref="TargetMeasure.ModuloRigidMotions"/> for every z-matrix.
/// </summary>
/// <remarks>
/// Proper torsions are circles. Improper ones tell the shape of a centre and stay in one branch: they are numbers of the real line within
/// pi of the reference's value, rounded, which makes the map one-to-one; outside lies outside the support. There, for bonds that are not
/// positive, for angles outside (0, pi) and for the other hand of a named centre, the log density is -inf without gradient. Energies of
/// overlapping atoms come out as they are, NaN and infinities too.
/// </remarks>
public sealed class InternalCoordinateTarget : Target
{
    private readonly InternalCoordinateMap _map;
    private readonly double[] _branch; // of each torsion: the middle of its branch, NaN for a circle
    private readonly double[] _reference, _referencePositions;
    private readonly string _description;

    /// <summary>In some z-matrix.</summary>
    /// <param name="name">In the catalogue.</param>
    /// <param name="cartesian">The target over positions [B, 3N] nm, modulo rigid motions.</param>
    /// <param name="zMatrix">Global.</param>
    /// <param name="chirality">The centres that keep their hand; null for none.</param>
    /// <param name="description">For people, and part of the fingerprint.</param>
    /// <exception cref="ArgumentException">Another measure, another number of atoms, a core, or a reference on the wrong side.</exception>
    public InternalCoordinateTarget(string name, Target cartesian, ZMatrix zMatrix, Chirality? chirality = null, string description = "")
    {
        if (cartesian.Measure != TargetMeasure.ModuloRigidMotions || !zMatrix.IsGlobal || cartesian.Dimension != 3 * zMatrix.AtomCount)
            throw new ArgumentException($"{name}: a target of {zMatrix.AtomCount} atoms that rigid motions leave unchanged, and a global z-matrix.");
        TorchRuntime.EnsureLoaded();
        (Name, Cartesian, _map, Chirality, _description) = (name, cartesian, new(zMatrix), chirality ?? new([], []), description);
        Layout = new((FieldLayout.Bonds, _map.Counts.Bonds), (FieldLayout.Angles, _map.Counts.Angles),
            (FieldLayout.Torsions, _map.Counts.Torsions));
        using DisposeScope scope = NewDisposeScope();
        _branch = [.. zMatrix.TorsionRows.Select(_ => double.NaN)];
        _referencePositions = [.. cartesian.ReferencePoint];
        double[] torsions = FromCartesian(tensor(_referencePositions,
            [1, zMatrix.AtomCount, 3])).data<double>().ToArray()[Layout[FieldLayout.Torsions].Start..];
        _branch = [.. zMatrix.TorsionRows.Select((row, k) => zMatrix.IsImproper(row) ? Math.Round(torsions[k], 1) : double.NaN)];
        Domain = new(Layout.Fields.SelectMany(f => f.Columns.Select(c => f.Name == FieldLayout.Torsions
            && double.IsNaN(_branch[c - f.Start]) ? Axis.Circle() : Axis.Real)));
        Tensor q = FromCartesian(tensor(_referencePositions, [1, zMatrix.AtomCount, 3]));
        _reference = q.data<double>().ToArray();
        ReferenceLogDensity = cartesian.ReferenceLogDensity + _map.ToCartesian(Split(q)).LogDet.item<double>();
        if (!double.IsFinite(ReferenceLogDensity) || !Chirality.Contains(ToCartesian(q)).item<bool>())
            throw new ArgumentException($"{name}: the reference lies outside the support.");
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The target over positions.</summary>
    public Target Cartesian { get; }

    /// <summary>Which atoms each coordinate is of.</summary>
    public ZMatrix ZMatrix => _map.ZMatrix;

    /// <summary>Bonds, angles, torsions.</summary>
    public FieldLayout Layout { get; }

    /// <summary>What a flow should live on: circles for proper torsions, the real line for all else.</summary>
    public Domain Domain { get; }

    /// <summary>The hands that are kept.</summary>
    public Chirality Chirality { get; }

    /// <summary>What symmetry adds to log Z for the copies that the support leaves out.</summary>
    public double LogVolume => Chirality.LogVolume;

    /// <inheritdoc/>
    public override string Definition =>
        $"{_description}{(_description.Length > 0 ? "; " : "")}log density = log p(x(q)) + ln |det dx/dq|, {Cartesian.Definition}; q: bonds, angles, torsions of {string.Join("; ", ZMatrix.Rows)}";

    /// <inheritdoc/>
    public override int Dimension => Layout.Dimension;

    /// <inheritdoc/>
    public override string Units => "nm, rad, kJ/mol";

    /// <inheritdoc/>
    public override double? Temperature => Cartesian.Temperature;

    /// <summary>That of the Cartesian target, less <see cref="LogVolume"/>.</summary>
    public override double? LogZ => Cartesian.LogZ - LogVolume;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters =>
        [.. Cartesian.Parameters, ("branches", [.. _branch.Select(b => double.IsNaN(b) ? 9 : b)]), ("handedness", [.. Chirality.Numbers])];

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint => _reference;

    /// <inheritdoc/>
    public override double ReferenceLogDensity { get; }

    /// <summary>The engine's blocks are in single precision.</summary>
    protected override double Tolerance => 1e-4;

    /// <summary>Positions in the standard frame.</summary>
    /// <param name="q">[B, 3N - 6].</param>
    /// <returns>[B, N, 3] nm of q's type; NaN outside the support of the map.</returns>
    public Tensor ToCartesian(Tensor q)
    {
        using DisposeScope scope = NewDisposeScope();
        return _map.ToCartesian(Split(q)).Positions.reshape(q.shape[0], -1, 3).MoveToOuterDisposeScope();
    }

    /// <summary>Internal coordinates, improper torsions in their branch, proper ones in [-pi, pi].</summary>
    /// <param name="positions">[B, N, 3] nm.</param>
    /// <returns>[B, 3N - 6] of the same type.</returns>
    public Tensor FromCartesian(Tensor positions)
    {
        using DisposeScope scope = NewDisposeScope();
        using InternalCoordinateFields fields = _map.ToInternal(positions.reshape(positions.shape[0], -1)).Fields;
        Tensor middle = tensor(_branch.Select(b => double.IsNaN(b) ? 0 : b).ToArray()).to(positions.dtype, positions.device),
            away = fields.Torsions - middle;
        Tensor torsions = fields.Torsions - 2 * Math.PI * (away.detach() / (2 * Math.PI)).round();
        return cat([fields.Bonds, fields.Angles, torsions], 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ReducedEnergy(Tensor x, Tensor logDensity)
    {
        using DisposeScope scope = NewDisposeScope();
        return (_map.ToCartesian(Split(x.to(ScalarType.Float64))).LogDet - logDensity).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x) => Evaluate(x, log => log);

    /// <summary>The energy is tamed, the Jacobian is not.</summary>
    protected override Tensor Evaluate(Tensor x, EnergyCap cap) => Evaluate(x, log => -cap.Apply(-log));

    private Tensor Evaluate(Tensor x, Func<Tensor, Tensor> tame)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = x.to(ScalarType.Float64), plain = q.detach();
        Tensor away = Layout.Split(plain, FieldLayout.Torsions) - tensor(_branch), angles = Layout.Split(plain, FieldLayout.Angles);
        Tensor inside = isfinite(plain).all(1) & (Layout.Split(plain,
            FieldLayout.Bonds) > 0).all(1) & ((angles > 0) & (angles < Math.PI)).all(1) & (away.abs() >= Math.PI).any(1).logical_not();
        // outside rows are computed at the reference, so that their NaN meets no gradient
        (Tensor positions, Tensor logDet) = _map.ToCartesian(Split(where(inside.unsqueeze(1), q, tensor(_reference))));
        inside = inside & isfinite(logDet.detach());
        Tensor safe = where(inside.unsqueeze(1), positions, tensor(_referencePositions));
        inside = inside & Chirality.Contains(safe.reshape(safe.shape[0], -1, 3));
        return (tame(Cartesian.LogDensity(safe)) + logDet).masked_fill(inside.logical_not(),
            double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    private InternalCoordinateFields Split(Tensor q) => new(Layout.Split(q, FieldLayout.Bonds), Layout.Split(q, FieldLayout.Angles),
        Layout.Split(q, FieldLayout.Torsions));
}
