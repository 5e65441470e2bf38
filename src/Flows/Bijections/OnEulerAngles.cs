using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// A map of Euler's angles as a map of orientations: q = (u^(1/2) cos a, u^(1/2) sin a, (1 - u)^(1/2) cos b, (1 - u)^(1/2) sin b) with u
/// in [0, 1], phi = a + b and psi = a - b on circles, in which S^3's volume is uniform, dS = 1/4 du dphi dpsi for each sign of q. In place
/// of u stands z = ln u/(1 - u), which keeps its digits at both ends, du = u (1 - u) dz. Whatever maps these three, as splines conditioned
/// on each other, is a map of orientations, and flows of many modes are made of it. At u = 0 and 1 only one of the angles means anything,
/// digits are lost and the image jumps: layers in several frames, one after the other, have these circles in different places.
/// </summary>
public sealed class OnEulerAngles : Bijection
{
    private readonly Bijection _map;
    private readonly Parameter _frame;

    /// <summary>z, phi, psi.</summary>
    public static Domain Angles { get; } = new([Axis.Real, Axis.Circle(), Axis.Circle()]);

    /// <summary>Owns the map.</summary>
    /// <param name="map">Of <see cref="Angles"/>.</param>
    /// <param name="frame">[4] a unit quaternion that orientations are multiplied by, from the left, before their angles are taken; null
    /// for none.</param>
    /// <exception cref="ArgumentException">Another domain, or a frame of another length.</exception>
    public OnEulerAngles(Bijection map, IReadOnlyList<double>? frame = null) : base(Domain.OfQuaternions(), Domain.OfQuaternions(),
        map.ConditionSize)
    {
        frame ??= [1, 0, 0, 0];
        if (!map.Domain.Equals(Angles) || !map.Codomain.Equals(Angles) || frame.Count != UnitQuaternion.Size
            || Math.Abs(frame.Sum(f => f * f) - 1) > 1e-9)
            throw new ArgumentException($"A map of {Angles} and a unit quaternion are needed, not {map.Domain} and {frame.Count} numbers.");
        _map = Part("map", map);
        _frame = Constant("frame", tensor(frame.ToArray()));
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor frame = _frame.Value.to(x.dtype).expand(x.shape[0], UnitQuaternion.Size);
        Tensor[] q = UnitQuaternion.Product(frame, x).unbind(1);
        Tensor z = (q[0].square() + q[1].square()).log() - (q[2].square() + q[3].square()).log();
        Tensor a = atan2(q[1], q[0]), b = atan2(q[3], q[2]), phi = Wrapped(a + b), psi = Wrapped(a - b);
        // q is plus or minus the quaternion of its angles; its image keeps the sign, so that -q goes to minus the image
        Tensor sign = (a - 0.5 * (phi + psi)).detach().cos().sign();
        (Tensor angles, Tensor logDet) = _map.Apply(stack([z, phi, psi], 1), condition, inverse);
        Tensor[] to = angles.unbind(1);
        (phi, psi) = (Wrapped(to[1]), Wrapped(to[2]));
        (a, b) = (0.5 * (phi + psi), 0.5 * (phi - psi));
        (Tensor logU, Tensor logRest) = (nn.functional.logsigmoid(to[0]), nn.functional.logsigmoid(-to[0]));
        (Tensor r, Tensor s) = (sign * (0.5 * logU).exp(), sign * (0.5 * logRest).exp());
        Tensor image = stack([r * a.cos(), r * a.sin(), s * b.cos(), s * b.sin()], 1);
        logDet = logDet + logU + logRest - nn.functional.logsigmoid(z) - nn.functional.logsigmoid(-z);
        return (UnitQuaternion.Product(UnitQuaternion.Conjugate(frame), image), logDet);
    }

    /// <summary>In [-pi, pi].</summary>
    private static Tensor Wrapped(Tensor angle) => angle - 2 * Math.PI * (angle.detach() / (2 * Math.PI)).round();
}
